"""Secrets Manager: secrets, versions and labels, deletion, listing, policies, replicas."""

import json
import time
import uuid

from cases import ACCOUNT, REGION, case, client, equal, refused, run

secrets = client("secretsmanager")
kms = client("kms")


@case("a secret is created, read by name, ARN and partial ARN, described and replaced")
def lifecycle():
    made = secrets.create_secret(Name="app/db", SecretString="one", Description="first")
    arn = made["ARN"]
    prefix = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:app/db-"
    assert arn.startswith(prefix) and len(arn) == len(prefix) + 6, arn
    for name in ("app/db", arn, arn[:-7]):
        got = secrets.get_secret_value(SecretId=name)
        equal(got["SecretString"], "one")
        equal(got["VersionId"], made["VersionId"])
        equal(got["VersionStages"], ["AWSCURRENT"])
    put = secrets.put_secret_value(SecretId="app/db", SecretString="two")
    equal(put["VersionStages"], ["AWSCURRENT"])
    equal(secrets.get_secret_value(SecretId=arn)["SecretString"], "two")
    before = secrets.get_secret_value(SecretId=arn, VersionStage="AWSPREVIOUS")
    equal(before["SecretString"], "one")
    found = secrets.describe_secret(SecretId="app/db")
    equal(found["Description"], "first")
    equal(
        found["VersionIdsToStages"],
        {made["VersionId"]: ["AWSPREVIOUS"], put["VersionId"]: ["AWSCURRENT"]},
    )
    assert "KmsKeyId" not in found and "RotationEnabled" not in found, found
    equal(found["LastAccessedDate"].hour, 0)
    equal(kms.describe_key(KeyId="alias/aws/secretsmanager")["KeyMetadata"]["KeyManager"], "AWS")


@case("a binary value comes back as it was; text and bytes exclude each other")
def binary():
    secrets.create_secret(Name="bytes", SecretBinary=b"\x00\xff")
    equal(secrets.get_secret_value(SecretId="bytes")["SecretBinary"], b"\x00\xff")
    with refused("InvalidParameterException", "both a binary secret value and a string"):
        secrets.put_secret_value(SecretId="bytes", SecretBinary=b"1", SecretString="1")
    with refused("InvalidRequestException", "You must provide either SecretString or SecretBinary"):
        secrets.put_secret_value(SecretId="bytes")


@case("what is not there, or is named wrongly, is refused in AWS's words")
def missing():
    with refused("ResourceNotFoundException", "can't find the specified secret.", 400):
        secrets.get_secret_value(SecretId="absent")
    with refused("ValidationException", "Invalid name. Must be a valid name"):
        secrets.create_secret(Name="no spaces", SecretString="x")
    secrets.create_secret(Name="empty")
    with refused("ResourceNotFoundException", "secret value for staging label: AWSCURRENT"):
        secrets.get_secret_value(SecretId="empty")
    with refused("ResourceNotFoundException", "secret value for VersionId: "):
        secrets.get_secret_value(SecretId="empty", VersionId=str(uuid.uuid4()))
    with refused("ResourceExistsException", "the secret empty already exists"):
        secrets.create_secret(Name="empty", SecretString="x")


@case("a ClientRequestToken makes a write happen once")
def tokens():
    token = str(uuid.uuid4())
    first = secrets.create_secret(Name="once", SecretString="a", ClientRequestToken=token)
    again = secrets.create_secret(Name="once", SecretString="a", ClientRequestToken=token)
    equal(again["VersionId"], first["VersionId"])
    with refused("ResourceExistsException"):
        secrets.create_secret(Name="once", SecretString="b", ClientRequestToken=token)
    secrets.put_secret_value(SecretId="once", SecretString="a", ClientRequestToken=token)
    with refused("ResourceExistsException", f"You can't use ClientRequestToken {token}"):
        secrets.put_secret_value(SecretId="once", SecretString="b", ClientRequestToken=token)
    equal(len(secrets.describe_secret(SecretId="once")["VersionIdsToStages"]), 1)


@case("staging labels move, and AWSPREVIOUS follows AWSCURRENT")
def labels():
    one = secrets.create_secret(Name="labels", SecretString="1")["VersionId"]
    two = secrets.put_secret_value(SecretId="labels", SecretString="2", VersionStages=["NEXT"])["VersionId"]
    move = {"SecretId": "labels", "VersionStage": "AWSCURRENT", "MoveToVersionId": two}
    with refused("InvalidParameterException", "RemoveFromVersionId can't be empty. Staging label AWSCURRENT"):
        secrets.update_secret_version_stage(**move)
    secrets.update_secret_version_stage(**move, RemoveFromVersionId=one)
    stages = secrets.describe_secret(SecretId="labels")["VersionIdsToStages"]
    equal({key: sorted(value) for key, value in stages.items()}, {one: ["AWSPREVIOUS"], two: ["AWSCURRENT", "NEXT"]})
    with refused("InvalidRequestException", "VersionStage that is not associated"):
        secrets.get_secret_value(SecretId="labels", VersionId=one, VersionStage="NEXT")
    secrets.put_secret_value(SecretId="labels", SecretString="3")
    listed = secrets.list_secret_version_ids(SecretId="labels")["Versions"]
    equal(len(listed), 2)
    every = secrets.list_secret_version_ids(SecretId="labels", IncludeDeprecated=True)["Versions"]
    equal(len(every), 3)
    assert all(version["KmsKeyIds"] == ["DefaultEncryptionKey"] for version in every), every


@case("a deleted secret can be restored; force deletes at once and forgives what is missing")
def deletion():
    secrets.create_secret(Name="gone", SecretString="x")
    with refused("InvalidParameterException", "between 7 and 30 days"):
        secrets.delete_secret(SecretId="gone", RecoveryWindowInDays=3)
    with refused("InvalidParameterException", "in conjunction with RecoveryWindowInDays"):
        secrets.delete_secret(SecretId="gone", RecoveryWindowInDays=7, ForceDeleteWithoutRecovery=True)
    secrets.delete_secret(SecretId="gone")
    with refused("InvalidRequestException", "because it was marked for deletion"):
        secrets.get_secret_value(SecretId="gone")
    with refused("InvalidRequestException", "already scheduled for deletion"):
        secrets.create_secret(Name="gone", SecretString="y")
    assert secrets.describe_secret(SecretId="gone")["DeletedDate"]
    secrets.restore_secret(SecretId="gone")
    equal(secrets.get_secret_value(SecretId="gone")["SecretString"], "x")
    secrets.delete_secret(SecretId="gone", ForceDeleteWithoutRecovery=True)
    with refused("ResourceNotFoundException"):
        secrets.describe_secret(SecretId="gone")
    secrets.delete_secret(SecretId="gone", ForceDeleteWithoutRecovery=True)


@case("GetRandomPassword obeys its switches")
def passwords():
    equal(len(secrets.get_random_password()["RandomPassword"]), 32)
    digits = secrets.get_random_password(
        PasswordLength=20, ExcludeUppercase=True, ExcludeLowercase=True, ExcludePunctuation=True
    )["RandomPassword"]
    assert digits.isdigit() and len(digits) == 20, "not 20 digits"
    with refused("InvalidParameterException", "Password length is too short based on the required types"):
        secrets.get_random_password(PasswordLength=3)
    with refused("ValidationException"):
        secrets.get_random_password(PasswordLength=5000)


@case("secrets are listed by filters, in order and in pages; a batch has its errors beside it")
def listing():
    for at in range(3):
        secrets.create_secret(
            Name=f"list/{at}", SecretString=str(at), Description="a Listed thing", Tags=[{"Key": "list", "Value": str(at)}]
        )
    pages = secrets.get_paginator("list_secrets").paginate(
        Filters=[{"Key": "name", "Values": ["list/"]}], SortBy="name", SortOrder="asc", PaginationConfig={"PageSize": 2}
    )
    equal([entry["Name"] for page in pages for entry in page["SecretList"]], ["list/0", "list/1", "list/2"])

    def found(key, *values):
        return sorted(entry["Name"] for entry in secrets.list_secrets(Filters=[{"Key": key, "Values": values}])["SecretList"])

    equal(found("tag-value", "1"), ["list/1"])
    equal(found("description", "listed"), ["list/0", "list/1", "list/2"])
    equal(found("all", "thing"), ["list/0", "list/1", "list/2"])
    equal([name for name in found("name", "!list/") if name.startswith("list/")], [])
    with refused("ValidationException", "Member must satisfy enum value set"):
        secrets.list_secrets(Filters=[{"Key": "colour", "Values": ["x"]}])
    batch = secrets.batch_get_secret_value(SecretIdList=["list/0", "absent"])
    equal([entry["SecretString"] for entry in batch["SecretValues"]], ["0"])
    equal(batch["Errors"][0]["ErrorCode"], "ResourceNotFoundException")
    with refused("InvalidParameterException", "Either 'SecretIdList' or 'Filters' must be provided"):
        secrets.batch_get_secret_value()


@case("tags, description, key and policy of a secret change without its value")
def metadata():
    arn = secrets.create_secret(Name="meta", SecretString="x", Tags=[{"Key": "a", "Value": "1"}])["ARN"]
    secrets.tag_resource(SecretId="meta", Tags=[{"Key": "b", "Value": "2"}])
    secrets.untag_resource(SecretId=arn, TagKeys=["a"])
    key = kms.create_key()["KeyMetadata"]["Arn"]
    updated = secrets.update_secret(SecretId="meta", Description="changed", KmsKeyId=key)
    assert "VersionId" not in updated, updated
    found = secrets.describe_secret(SecretId="meta")
    equal((found["Description"], found["KmsKeyId"], found["Tags"]), ("changed", key, [{"Key": "b", "Value": "2"}]))
    kms.disable_key(KeyId=key)
    with refused("DecryptionFailure", "can't decrypt the protected secret text"):
        secrets.get_secret_value(SecretId="meta")
    with refused("EncryptionFailure", "can't encrypt the protected secret text"):
        secrets.put_secret_value(SecretId="meta", SecretString="y")
    kms.enable_key(KeyId=key)
    equal(secrets.get_secret_value(SecretId="meta")["SecretString"], "x")


@case("a resource policy is validated, put, shown and taken away; a public one is blocked")
def policies():
    secrets.create_secret(Name="policy", SecretString="x")
    statement = {"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
    public = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    with refused("PublicPolicyException"):
        secrets.put_resource_policy(SecretId="policy", ResourcePolicy=public, BlockPublicPolicy=True)
    checked = secrets.validate_resource_policy(ResourcePolicy=public)
    equal(checked["PolicyValidationPassed"], False)
    own = {**statement, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [own]})
    equal(secrets.validate_resource_policy(SecretId="policy", ResourcePolicy=policy)["ValidationErrors"], [])
    secrets.put_resource_policy(SecretId="policy", ResourcePolicy=policy, BlockPublicPolicy=True)
    equal(json.loads(secrets.get_resource_policy(SecretId="policy")["ResourcePolicy"]), json.loads(policy))
    with refused("MalformedPolicyDocumentException"):
        secrets.put_resource_policy(SecretId="policy", ResourcePolicy="{}")
    secrets.delete_resource_policy(SecretId="policy")
    assert "ResourcePolicy" not in secrets.get_resource_policy(SecretId="policy")


@case("a secret is replicated to another Region, promoted there, and deleted")
def replicas():
    other = client("secretsmanager", region="eu-west-1")
    made = secrets.create_secret(Name="spread", SecretString="x", AddReplicaRegions=[{"Region": "eu-west-1"}])
    equal(made["ReplicationStatus"][0]["Status"], "InProgress")
    for _ in range(50):
        status = secrets.describe_secret(SecretId="spread")["ReplicationStatus"][0]["Status"]
        if status != "InProgress":
            break
        time.sleep(0.1)
    equal(status, "InSync")
    equal(other.get_secret_value(SecretId="spread")["SecretString"], "x")
    with refused("InvalidParameterException", "Operation not permitted on a replica secret"):
        other.put_secret_value(SecretId="spread", SecretString="y")
    with refused("InvalidParameterException", "still has replica regions [eu-west-1]"):
        secrets.delete_secret(SecretId="spread")
    other.stop_replication_to_replica(SecretId="spread")
    other.put_secret_value(SecretId="spread", SecretString="y")
    equal(secrets.get_secret_value(SecretId="spread")["SecretString"], "x")
    secrets.delete_secret(SecretId="spread")


@case("rotation needs a function that Secrets Manager may call")
def rotation():
    secrets.create_secret(Name="rotating", SecretString="x")
    with refused("InvalidRequestException", "No Lambda rotation function ARN is associated with this secret."):
        secrets.rotate_secret(SecretId="rotating")
    absent = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:absent"
    with refused("AccessDeniedException", "Secrets Manager cannot invoke the specified Lambda function."):
        secrets.rotate_secret(SecretId="rotating", RotationLambdaARN=absent)
    assert "RotationEnabled" not in secrets.describe_secret(SecretId="rotating")


run()
