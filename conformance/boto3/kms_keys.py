"""Keys, aliases, tags, policies and the use of symmetric keys."""

import json
import uuid

from cases import ACCOUNT, REGION, case, client, equal, needs, refused, run

kms = client("kms")
unchecked = client("kms", parameter_validation=False)


def make(**settings):
    return kms.create_key(**settings)["KeyMetadata"]


symmetric = make(Description="symmetric")
KEY = symmetric["KeyId"]
ARN = symmetric["Arn"]


@case("a new key's metadata is what AWS answers")
def metadata():
    uuid.UUID(KEY)
    equal(ARN, f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{KEY}")
    equal(symmetric["AWSAccountId"], ACCOUNT)
    equal(symmetric["Enabled"], True)
    equal(symmetric["KeyState"], "Enabled")
    equal(symmetric["KeyUsage"], "ENCRYPT_DECRYPT")
    equal(symmetric["Origin"], "AWS_KMS")
    equal(symmetric["KeyManager"], "CUSTOMER")
    equal(symmetric["CustomerMasterKeySpec"], "SYMMETRIC_DEFAULT")
    equal(symmetric["KeySpec"], "SYMMETRIC_DEFAULT")
    equal(symmetric["EncryptionAlgorithms"], ["SYMMETRIC_DEFAULT"])
    equal(symmetric["MultiRegion"], False)
    assert symmetric["CreationDate"].tzinfo is not None
    described = kms.describe_key(KeyId=ARN)["KeyMetadata"]
    equal(described, symmetric)


@case("a key is found by id, ARN, alias name and alias ARN")
def references():
    kms.create_alias(AliasName="alias/reference", TargetKeyId=KEY)
    alias_arn = f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/reference"
    for reference in [KEY, ARN, "alias/reference", alias_arn]:
        equal(kms.describe_key(KeyId=reference)["KeyMetadata"]["KeyId"], KEY)
        equal(kms.encrypt(KeyId=reference, Plaintext=b"x")["KeyId"], ARN)
    with refused("NotFoundException", "is not found", 400):
        kms.describe_key(KeyId="alias/nothing")
    missing = "11111111-2222-3333-4444-555555555555"
    with refused("NotFoundException", f"Key '{ARN.replace(KEY, missing)}' does not exist", 400):
        kms.describe_key(KeyId=missing)
    with refused("NotFoundException", "Invalid keyId 'no-such-key'", 400):
        kms.describe_key(KeyId="no-such-key")


@case("what was encrypted decrypts with its context alone")
def context():
    context = {"team": "red", "purpose": "test"}
    for plaintext in [b"x", bytes(range(256)), b"\0" * 4096]:
        answer = kms.encrypt(KeyId=KEY, Plaintext=plaintext, EncryptionContext=context)
        equal(answer["EncryptionAlgorithm"], "SYMMETRIC_DEFAULT")
        back = kms.decrypt(
            CiphertextBlob=answer["CiphertextBlob"],
            EncryptionContext={"purpose": "test", "team": "red"},
        )
        equal(back["Plaintext"], plaintext)
        equal(back["KeyId"], ARN)
    blob = kms.encrypt(KeyId=KEY, Plaintext=b"x", EncryptionContext={"a": "bc"})["CiphertextBlob"]
    for wrong in [{"ab": "c"}, {"a": "bC"}, {}, {"a": "bc", "d": ""}]:
        with refused("InvalidCiphertextException", status=400):
            kms.decrypt(CiphertextBlob=blob, EncryptionContext=wrong)


@case("no byte of a ciphertext can change unnoticed")
def tampering():
    blob = kms.encrypt(KeyId=KEY, Plaintext=b"hello")["CiphertextBlob"]
    assert b"hello" not in blob
    for index in range(0, len(blob), 7):
        broken = bytearray(blob)
        broken[index] ^= 1
        with refused("InvalidCiphertextException", status=400):
            kms.decrypt(CiphertextBlob=bytes(broken))
    with refused("InvalidCiphertextException"):
        kms.decrypt(CiphertextBlob=blob[:-1])


@case("a ciphertext decrypts under the key that the caller names, or not at all")
def named_key():
    other = make()["KeyId"]
    blob = kms.encrypt(KeyId=KEY, Plaintext=b"x")["CiphertextBlob"]
    equal(kms.decrypt(CiphertextBlob=blob, KeyId=ARN)["Plaintext"], b"x")
    with refused("IncorrectKeyException", "The key ID in the request does not identify a CMK", 400):
        kms.decrypt(CiphertextBlob=blob, KeyId=other)
    moved = kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=other)
    equal(moved["SourceKeyId"], ARN)
    assert moved["KeyId"].endswith(other)
    equal(kms.decrypt(CiphertextBlob=moved["CiphertextBlob"], KeyId=other)["Plaintext"], b"x")


@case("input is validated in AWS's words")
def validation():
    with refused("ValidationException", "1 validation error detected: Value", 400):
        kms.encrypt(KeyId=KEY, Plaintext=b"0" * 4097)
    with refused(
        "ValidationException",
        "at 'plaintext' failed to satisfy constraint: "
        "Member must have length less than or equal to 4096",
    ):
        kms.encrypt(KeyId=KEY, Plaintext=b"0" * 4097)
    with refused("ValidationException", "at 'keySpec' failed to satisfy constraint"):
        kms.create_key(KeySpec="AES_512")
    with refused("ValidationException", "You must specify a KeyUsage value for all KMS keys except"):
        kms.create_key(KeySpec="RSA_2048")
    with refused("ValidationException", "is not compatible with KeySpec"):
        kms.create_key(KeySpec="HMAC_256", KeyUsage="ENCRYPT_DECRYPT")


@case("data keys come with and without their plaintext, and in pairs")
def data_keys():
    for spec, size in [("AES_128", 16), ("AES_256", 32)]:
        answer = kms.generate_data_key(KeyId=KEY, KeySpec=spec, EncryptionContext={"a": "b"})
        equal(len(answer["Plaintext"]), size)
        back = kms.decrypt(CiphertextBlob=answer["CiphertextBlob"], EncryptionContext={"a": "b"})
        equal(back["Plaintext"], answer["Plaintext"])
    equal(len(kms.generate_data_key(KeyId=KEY, NumberOfBytes=1024)["Plaintext"]), 1024)
    hidden = kms.generate_data_key_without_plaintext(KeyId=KEY, KeySpec="AES_256")
    assert "Plaintext" not in hidden
    equal(len(kms.decrypt(CiphertextBlob=hidden["CiphertextBlob"])["Plaintext"]), 32)
    with refused("ValidationException", "Please specify either number of bytes or key spec."):
        kms.generate_data_key(KeyId=KEY)
    with refused("ValidationException", "Please specify either number of bytes or key spec."):
        kms.generate_data_key(KeyId=KEY, KeySpec="AES_256", NumberOfBytes=32)
    pair = kms.generate_data_key_pair(KeyId=KEY, KeyPairSpec="ECC_NIST_P256")
    private = kms.decrypt(CiphertextBlob=pair["PrivateKeyCiphertextBlob"])["Plaintext"]
    equal(private, pair["PrivateKeyPlaintext"])
    assert pair["PublicKey"]
    half = kms.generate_data_key_pair_without_plaintext(KeyId=KEY, KeyPairSpec="RSA_2048")
    assert "PrivateKeyPlaintext" not in half and half["PublicKey"]
    equal(len(kms.generate_random(NumberOfBytes=64)["Plaintext"]), 64)


@case("a disabled key and a deleted one refuse, and say which")
def states():
    key = make()
    kms.disable_key(KeyId=key["KeyId"])
    with refused("DisabledException", f"{key['Arn']} is disabled.", 400):
        kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")
    kms.enable_key(KeyId=key["KeyId"])
    kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")
    answer = kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)
    equal(answer["KeyId"], key["Arn"])
    equal(answer["KeyState"], "PendingDeletion")
    equal(answer["PendingWindowInDays"], 7)
    with refused("KMSInvalidStateException", f"{key['Arn']} is pending deletion.", 400):
        kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")
    metadata = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
    equal(metadata["DeletionDate"], answer["DeletionDate"])
    equal(metadata["Enabled"], False)
    equal(kms.cancel_key_deletion(KeyId=key["KeyId"])["KeyId"], key["Arn"])
    equal(kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"], "Disabled")
    with refused("ValidationException"):
        kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=6)


@case("aliases are made, moved, listed and deleted, and refuse what AWS refuses")
def aliases():
    other = make()["KeyId"]
    kms.create_alias(AliasName="alias/moving", TargetKeyId=KEY)
    with refused("AlreadyExistsException", "already exists", 400):
        kms.create_alias(AliasName="alias/moving", TargetKeyId=other)
    kms.update_alias(AliasName="alias/moving", TargetKeyId=other)
    equal(kms.describe_key(KeyId="alias/moving")["KeyMetadata"]["KeyId"], other)
    names = [alias["AliasName"] for alias in kms.list_aliases(KeyId=other)["Aliases"]]
    equal(names, ["alias/moving"])
    kms.delete_alias(AliasName="alias/moving")
    with refused("NotFoundException", "alias/moving is not found."):
        kms.delete_alias(AliasName="alias/moving")
    with refused("ValidationException", "Alias must start with the prefix \"alias/\""):
        kms.create_alias(AliasName="moving", TargetKeyId=KEY)
    with refused("NotAuthorizedException"):
        kms.create_alias(AliasName="alias/aws/mine", TargetKeyId=KEY)


@case("paginators walk keys, aliases, tags, grants, policies and rotations")
def paginators():
    made = {make()["KeyId"] for _ in range(5)}
    keys = []
    pages = 0
    for page in kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 3}):
        assert len(page["Keys"]) <= 3
        keys += [key["KeyId"] for key in page["Keys"]]
        pages += 1
    assert pages > 2 and made <= set(keys) and len(keys) == len(set(keys))
    for number in range(5):
        kms.create_alias(AliasName=f"alias/page/{number}", TargetKeyId=KEY)
    pages = list(
        kms.get_paginator("list_aliases").paginate(KeyId=KEY, PaginationConfig={"PageSize": 2})
    )
    assert len(pages) >= 3
    names = {alias["AliasName"] for page in pages for alias in page["Aliases"]}
    assert {f"alias/page/{number}" for number in range(5)} <= names
    tags = [{"TagKey": f"key{number}", "TagValue": str(number)} for number in range(5)]
    kms.tag_resource(KeyId=KEY, Tags=tags)
    pages = kms.get_paginator("list_resource_tags").paginate(
        KeyId=KEY, PaginationConfig={"PageSize": 2}
    )
    equal([tag for page in pages for tag in page["Tags"]], tags)
    kms.untag_resource(KeyId=KEY, TagKeys=[tag["TagKey"] for tag in tags])
    pages = kms.get_paginator("list_key_policies").paginate(KeyId=KEY)
    equal([name for page in pages for name in page["PolicyNames"]], ["default"])
    with refused("InvalidMarkerException"):
        kms.list_keys(Marker="not-a-marker")


@case("tags are refused as AWS refuses them")
def tags():
    with refused("TagException", "Duplicate tag keys"):
        kms.create_key(Tags=[{"TagKey": "a", "TagValue": "1"}, {"TagKey": "a", "TagValue": "2"}])
    with refused("TagException", "Tags beginning with aws: are reserved"):
        kms.tag_resource(KeyId=KEY, Tags=[{"TagKey": "aws:x", "TagValue": "1"}])
    with refused("TagException", "Too many tags"):
        many = [{"TagKey": f"k{number}", "TagValue": ""} for number in range(51)]
        kms.tag_resource(KeyId=KEY, Tags=many)


@case("a key policy is kept as it was given, and one that locks its caller out is refused")
def policies():
    key = make()["KeyId"]
    default = json.loads(kms.get_key_policy(KeyId=key)["Policy"])
    equal(
        default,
        {
            "Version": "2012-10-17",
            "Id": "key-default-1",
            "Statement": [
                {
                    "Sid": "Enable IAM User Permissions",
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                    "Action": "kms:*",
                    "Resource": "*",
                }
            ],
        },
    )
    policy = dict(default, Id="mine")
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(policy))
    answer = kms.get_key_policy(KeyId=key, PolicyName="default")
    equal(json.loads(answer["Policy"]), policy)
    equal(answer["PolicyName"], "default")
    locked = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                "Action": "kms:Decrypt",
                "Resource": "*",
            }
        ],
    }
    text = (
        "The new key policy will not allow you to update the key policy in the future."
    )
    with refused("MalformedPolicyDocumentException", text):
        kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(locked))
    with refused("MalformedPolicyDocumentException"):
        kms.put_key_policy(KeyId=key, PolicyName="default", Policy="not JSON")
    unknown = json.loads(json.dumps(policy))
    unknown["Statement"][0]["Principal"] = {"AWS": f"arn:aws:iam::{ACCOUNT}:user/nobody-at-all"}
    with refused("MalformedPolicyDocumentException", "invalid principals"):
        kms.put_key_policy(
            KeyId=key,
            PolicyName="default",
            Policy=json.dumps(unknown),
            BypassPolicyLockoutSafetyCheck=True,
        )


@case("a dry run is answered as one")
def dry_run():
    with refused("DryRunOperationException", "The request would have succeeded, but the DryRun option is set."):
        kms.encrypt(KeyId=KEY, Plaintext=b"x", DryRun=True)
    with refused("DryRunOperationException"):
        kms.generate_data_key(KeyId=KEY, KeySpec="AES_256", DryRun=True)


@case("rotation on demand makes new material, and old ciphertexts still decrypt")
def rotation():
    key = make()["KeyId"]
    equal(kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"], False)
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=100)
    status = kms.get_key_rotation_status(KeyId=key)
    equal(status["KeyRotationEnabled"], True)
    equal(status["RotationPeriodInDays"], 100)
    assert status["NextRotationDate"]
    old = kms.encrypt(KeyId=key, Plaintext=b"old")["CiphertextBlob"]
    before = kms.describe_key(KeyId=key)["KeyMetadata"].get("CurrentKeyMaterialId")
    kms.rotate_key_on_demand(KeyId=key)
    rotations = kms.get_paginator("list_key_rotations").paginate(KeyId=key)
    types = [each["RotationType"] for page in rotations for each in page["Rotations"]]
    equal(types, ["ON_DEMAND"])
    after = kms.describe_key(KeyId=key)["KeyMetadata"].get("CurrentKeyMaterialId")
    assert before != after
    back = kms.decrypt(CiphertextBlob=old)
    equal(back["Plaintext"], b"old")
    equal(back.get("KeyMaterialId"), before)
    kms.disable_key_rotation(KeyId=key)
    equal(kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"], False)
    with refused("ValidationException"):
        unchecked.enable_key_rotation(KeyId=key, RotationPeriodInDays=89)


@case("a description is changed, and an operation in another Region does not see the key")
def update():
    key = make(Description="first")
    kms.update_key_description(KeyId=key["KeyId"], Description="second")
    equal(kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["Description"], "second")
    elsewhere = client("kms", "eu-west-1")
    with refused("NotFoundException"):
        elsewhere.describe_key(KeyId=key["KeyId"])
    with refused("NotFoundException", "Invalid arn us-east-1"):
        elsewhere.describe_key(KeyId=key["Arn"])


@case("an AWS managed key appears when its alias is first used")
def managed():
    answer = kms.describe_key(KeyId="alias/aws/ebs")["KeyMetadata"]
    equal(answer["KeyManager"], "AWS")
    equal(kms.get_key_rotation_status(KeyId=answer["KeyId"])["KeyRotationEnabled"], True)
    with refused("AccessDeniedException"):
        kms.schedule_key_deletion(KeyId=answer["KeyId"])


@case("the last use of a key is told")
def last_usage():
    needs("kms", "GetKeyLastUsage")
    key = make()["KeyId"]
    kms.encrypt(KeyId=key, Plaintext=b"x")
    assert kms.get_key_last_usage(KeyId=key)["KeyId"]


if __name__ == "__main__":
    run()
