"""Asymmetric and HMAC keys: signatures, MACs, RSA encryption, shared secrets."""

import hashlib

from cases import case, client, equal, needs, openssl, refused, run

kms = client("kms")
MESSAGE = b"what is signed"


def make(spec, usage):
    return kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]


def signs(spec, algorithms):
    key = make(spec, "SIGN_VERIFY")["KeyId"]
    public = kms.get_public_key(KeyId=key)
    equal(public["KeySpec"], spec)
    equal(public["KeyUsage"], "SIGN_VERIFY")
    equal(sorted(public["SigningAlgorithms"]), sorted(algorithms))
    for algorithm in algorithms:
        message_type = "DIGEST" if algorithm == "ED25519_PH_SHA_512" else "RAW"
        message = hashlib.sha512(MESSAGE).digest() if message_type == "DIGEST" else MESSAGE
        use = {"KeyId": key, "SigningAlgorithm": algorithm, "MessageType": message_type}
        answer = kms.sign(Message=message, **use)
        equal(answer["SigningAlgorithm"], algorithm)
        verified = kms.verify(Message=message, Signature=answer["Signature"], **use)
        equal(verified["SignatureValid"], True)
        other = bytes([message[0] ^ 1]) + message[1:]
        with refused("KMSInvalidSignatureException", status=400):
            kms.verify(Message=other, Signature=answer["Signature"], **use)
    return key


RSA_ALGORITHMS = [
    f"{scheme}_SHA_{size}"
    for scheme in ("RSASSA_PSS", "RSASSA_PKCS1_V1_5")
    for size in (256, 384, 512)
]


@case("RSA keys sign with every algorithm of theirs, raw or as a digest")
def rsa():
    key = signs("RSA_2048", RSA_ALGORITHMS)
    for algorithm in RSA_ALGORITHMS:
        digest = hashlib.new("sha" + algorithm[-3:], MESSAGE).digest()
        use = {"KeyId": key, "SigningAlgorithm": algorithm}
        signature = kms.sign(Message=digest, MessageType="DIGEST", **use)["Signature"]
        valid = kms.verify(Message=MESSAGE, MessageType="RAW", Signature=signature, **use)
        equal(valid["SignatureValid"], True)
    with refused("ValidationException", "Digest is invalid length for algorithm RSASSA_PSS_SHA_256."):
        kms.sign(
            KeyId=key,
            Message=b"short",
            MessageType="DIGEST",
            SigningAlgorithm="RSASSA_PSS_SHA_256",
        )
    with refused("InvalidKeyUsageException", "which is not valid for Encrypt."):
        kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionAlgorithm="RSAES_OAEP_SHA_256")


@case("bigger RSA keys are made and sign")
def bigger_rsa():
    signs("RSA_3072", RSA_ALGORITHMS)


@case("every elliptic curve signs with its algorithm")
def curves():
    for spec, algorithm in [
        ("ECC_NIST_P256", "ECDSA_SHA_256"),
        ("ECC_NIST_P384", "ECDSA_SHA_384"),
        ("ECC_NIST_P521", "ECDSA_SHA_512"),
        ("ECC_SECG_P256K1", "ECDSA_SHA_256"),
    ]:
        signs(spec, [algorithm])


@case("an Ed25519 key signs messages and prehashed ones")
def edwards():
    needs("kms", "CreateKey", "KeySpec")
    signs("ECC_NIST_EDWARDS25519", ["ED25519_SHA_512", "ED25519_PH_SHA_512"])


@case("ML-DSA keys sign")
def ml_dsa():
    for spec in ("ML_DSA_44", "ML_DSA_65", "ML_DSA_87"):
        signs(spec, ["ML_DSA_SHAKE_256"])


@case("a data key pair and a foreign signature do not pass for each other")
def foreign():
    first = make("ECC_NIST_P256", "SIGN_VERIFY")["KeyId"]
    second = make("ECC_NIST_P256", "SIGN_VERIFY")["KeyId"]
    use = {"Message": MESSAGE, "SigningAlgorithm": "ECDSA_SHA_256"}
    signature = kms.sign(KeyId=first, **use)["Signature"]
    with refused("KMSInvalidSignatureException"):
        kms.verify(KeyId=second, Signature=signature, **use)
    with refused("InvalidKeyUsageException"):
        kms.sign(KeyId=first, Message=MESSAGE, SigningAlgorithm="ECDSA_SHA_384")


@case("HMAC keys make MACs and verify them")
def macs():
    for size in (224, 256, 384, 512):
        key = make(f"HMAC_{size}", "GENERATE_VERIFY_MAC")
        equal(key["MacAlgorithms"], [f"HMAC_SHA_{size}"])
        use = {"KeyId": key["KeyId"], "MacAlgorithm": f"HMAC_SHA_{size}"}
        answer = kms.generate_mac(Message=MESSAGE, **use)
        equal(len(answer["Mac"]), size // 8)
        equal(kms.verify_mac(Message=MESSAGE, Mac=answer["Mac"], **use)["MacValid"], True)
        with refused("KMSInvalidMacException", status=400):
            kms.verify_mac(Message=MESSAGE + b"!", Mac=answer["Mac"], **use)
    with refused("InvalidKeyUsageException", "Algorithm HMAC_SHA_256 is incompatible with key spec HMAC_512."):
        kms.generate_mac(KeyId=key["KeyId"], Message=MESSAGE, MacAlgorithm="HMAC_SHA_256")
    with refused("UnsupportedOperationException"):
        kms.get_public_key(KeyId=key["KeyId"])


@case("RSA keys encrypt up to the algorithm's limit and decrypt")
def rsa_encryption():
    key = make("RSA_2048", "ENCRYPT_DECRYPT")["KeyId"]
    for algorithm, limit in [("RSAES_OAEP_SHA_1", 214), ("RSAES_OAEP_SHA_256", 190)]:
        use = {"KeyId": key, "EncryptionAlgorithm": algorithm}
        blob = kms.encrypt(Plaintext=b"a" * limit, **use)["CiphertextBlob"]
        equal(len(blob), 256)
        back = kms.decrypt(CiphertextBlob=blob, **use)
        equal(back["Plaintext"], b"a" * limit)
        equal(back["EncryptionAlgorithm"], algorithm)
        with refused("ValidationException"):
            kms.encrypt(Plaintext=b"a" * (limit + 1), **use)
        with refused("InvalidCiphertextException"):
            kms.decrypt(CiphertextBlob=b"\0" * 256, **use)


@case("two parties derive the same secret")
def agreement():
    for spec in ("ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521"):
        first = make(spec, "KEY_AGREEMENT")["KeyId"]
        second = make(spec, "KEY_AGREEMENT")["KeyId"]
        secrets = [
            kms.derive_shared_secret(
                KeyId=mine,
                KeyAgreementAlgorithm="ECDH",
                PublicKey=kms.get_public_key(KeyId=theirs)["PublicKey"],
            )["SharedSecret"]
            for mine, theirs in [(first, second), (second, first)]
        ]
        equal(secrets[0], secrets[1])


@case("a secret is shared with openssl")
def agreement_with_openssl():
    key = make("ECC_NIST_P256", "KEY_AGREEMENT")["KeyId"]
    private = openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
    theirs = openssl("pkey", "-in", "k.pem", "-pubout", "-outform", "DER", files={"k.pem": private})
    ours = kms.get_public_key(KeyId=key)["PublicKey"]
    secret = openssl(
        "pkeyutl", "-derive", "-inkey", "k.pem", "-peerkey", "p.der", "-peerform", "DER",
        files={"k.pem": private, "p.der": ours},
    )
    answer = kms.derive_shared_secret(KeyId=key, KeyAgreementAlgorithm="ECDH", PublicKey=theirs)
    equal(answer["SharedSecret"], secret)
    with refused("ValidationException"):
        kms.derive_shared_secret(KeyId=key, KeyAgreementAlgorithm="ECDH", PublicKey=b"not a key")


@case("asymmetric keys refuse rotation and data keys")
def unsupported():
    key = make("ECC_NIST_P256", "SIGN_VERIFY")["KeyId"]
    with refused("UnsupportedOperationException"):
        kms.enable_key_rotation(KeyId=key)
    with refused("InvalidKeyUsageException"):
        kms.generate_data_key(KeyId=key, KeySpec="AES_256")


@case("SM2 is refused outside China")
def sm2():
    with refused("UnsupportedOperationException"):
        kms.create_key(KeySpec="SM2", KeyUsage="SIGN_VERIFY")


if __name__ == "__main__":
    run()
