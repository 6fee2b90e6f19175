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


run()
