"""Imported key material: wrapping, expiry, deletion, re-import."""

import datetime
import os

from cases import case, client, equal, openssl, refused, run

kms = client("kms")


def wrap(public, material, digest="sha256"):
    return openssl(
        "pkeyutl", "-encrypt", "-pubin", "-inkey", "k.der", "-keyform", "DER", "-in", "m",
        "-pkeyopt", "rsa_padding_mode:oaep",
        "-pkeyopt", f"rsa_oaep_md:{digest}",
        "-pkeyopt", f"rsa_mgf1_md:{digest}",
        files={"k.der": public, "m": material},
    )


def parameters(key, algorithm="RSAES_OAEP_SHA_256", spec="RSA_2048"):
    return kms.get_parameters_for_import(
        KeyId=key, WrappingAlgorithm=algorithm, WrappingKeySpec=spec
    )


def external(**settings):
    return kms.create_key(Origin="EXTERNAL", **settings)["KeyMetadata"]


def bring(key, material, **settings):
    given = parameters(key)
    return kms.import_key_material(
        KeyId=key,
        ImportToken=given["ImportToken"],
        EncryptedKeyMaterial=wrap(given["PublicKey"], material),
        **(settings or {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}),
    )


@case("a key without material waits for it, takes it and works")
def imported():
    key = external()
    equal(key["KeyState"], "PendingImport")
    equal(key["Enabled"], False)
    equal(key["Origin"], "EXTERNAL")
    with refused("KMSInvalidStateException", f"{key['Arn']} is pending import.", 400):
        kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")
    bring(key["KeyId"], os.urandom(32))
    metadata = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
    equal(metadata["KeyState"], "Enabled")
    equal(metadata["ExpirationModel"], "KEY_MATERIAL_DOES_NOT_EXPIRE")
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    equal(kms.decrypt(CiphertextBlob=blob)["Plaintext"], b"x")


@case("deleted material comes back only as it was")
def again():
    key = external()["KeyId"]
    material = os.urandom(32)
    bring(key, material)
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    kms.delete_imported_key_material(KeyId=key)
    equal(kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"], "PendingImport")
    with refused("KMSInvalidStateException"):
        kms.decrypt(CiphertextBlob=blob)
    with refused("IncorrectKeyMaterialException", status=400):
        bring(key, os.urandom(32))
    bring(key, material)
    equal(kms.decrypt(CiphertextBlob=blob)["Plaintext"], b"x")


@case("material with an expiry tells it")
def expiry():
    key = external()["KeyId"]
    until = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    until += datetime.timedelta(days=30)
    bring(key, os.urandom(32), ExpirationModel="KEY_MATERIAL_EXPIRES", ValidTo=until)
    metadata = kms.describe_key(KeyId=key)["KeyMetadata"]
    equal(metadata["ExpirationModel"], "KEY_MATERIAL_EXPIRES")
    equal(metadata["ValidTo"], until)
    with refused("ValidationException"):
        bring(key, os.urandom(32), ExpirationModel="KEY_MATERIAL_EXPIRES")


@case("wrapping keys of every size and both digests serve")
def wrapping():
    for spec in ("RSA_2048", "RSA_3072", "RSA_4096"):
        for algorithm, digest in [("RSAES_OAEP_SHA_1", "sha1"), ("RSAES_OAEP_SHA_256", "sha256")]:
            key = external()["KeyId"]
            given = parameters(key, algorithm, spec)
            assert given["ParametersValidTo"]
            kms.import_key_material(
                KeyId=key,
                ImportToken=given["ImportToken"],
                EncryptedKeyMaterial=wrap(given["PublicKey"], os.urandom(32), digest),
                ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE",
            )
            equal(kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"], "Enabled")


@case("a wrong token, wrong material and a wrong key are refused")
def wrong():
    first, second = external()["KeyId"], external()["KeyId"]
    given, other = parameters(first), parameters(second)
    wrapped = wrap(given["PublicKey"], os.urandom(32))
    with refused("InvalidImportTokenException", status=400):
        kms.import_key_material(
            KeyId=first,
            ImportToken=other["ImportToken"],
            EncryptedKeyMaterial=wrapped,
            ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE",
        )
    with refused("InvalidCiphertextException", status=400):
        kms.import_key_material(
            KeyId=first,
            ImportToken=given["ImportToken"],
            EncryptedKeyMaterial=b"\1" * 256,
            ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE",
        )
    with refused("IncorrectKeyMaterialException", status=400):
        bring(first, os.urandom(16))
    ours = kms.create_key()["KeyMetadata"]
    message = f"{ours['Arn']} origin is AWS_KMS which is not valid for this operation."
    with refused("UnsupportedOperationException", message):
        parameters(ours["KeyId"])


@case("an imported HMAC key makes the MACs that openssl makes")
def mac():
    key = external(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyId"]
    material = os.urandom(32)
    bring(key, material)
    answer = kms.generate_mac(KeyId=key, Message=b"message", MacAlgorithm="HMAC_SHA_256")
    theirs = openssl(
        "dgst", "-sha256", "-mac", "HMAC", "-macopt", f"hexkey:{material.hex()}", "-binary", "m",
        files={"m": b"message"},
    )
    equal(answer["Mac"], theirs)


@case("an imported elliptic curve key signs for the public key that its owner has")
def curve():
    key = external(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyId"]
    pem = openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
    files = {"k.pem": pem}
    private = openssl("pkcs8", "-topk8", "-nocrypt", "-in", "k.pem", "-outform", "DER", files=files)
    public = openssl("pkey", "-in", "k.pem", "-pubout", "-outform", "DER", files=files)
    bring(key, private)
    equal(kms.get_public_key(KeyId=key)["PublicKey"], public)
    signature = kms.sign(KeyId=key, Message=b"m", SigningAlgorithm="ECDSA_SHA_256")["Signature"]
    said = openssl(
        "dgst", "-sha256", "-verify", "p.der", "-keyform", "DER", "-signature", "s", "m",
        files={"p.der": public, "s": signature, "m": b"m"},
    )
    assert b"Verified OK" in said


if __name__ == "__main__":
    run()
