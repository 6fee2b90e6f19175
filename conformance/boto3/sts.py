"""STS: identities, sessions, and the records of what they did."""

import json
import urllib.error
import urllib.request

from cases import ACCOUNT, REGION, case, client, equal, refused, run
from boto3 import Session

iam = client("iam")
sts = client("sts")


def trust(principal, **condition):
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}
    if condition:
        statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def allow(*actions):
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def role(name, *actions, trusted=f"arn:aws:iam::{ACCOUNT}:root", **condition):
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(trusted, **condition))
    if actions:
        iam.put_role_policy(RoleName=name, PolicyName="use", PolicyDocument=allow(*actions))
    return made["Role"]


def user(name, *actions):
    arn = iam.create_user(UserName=name)["User"]["Arn"]
    if actions:
        iam.put_user_policy(UserName=name, PolicyName="use", PolicyDocument=allow(*actions))
    return arn, iam.create_access_key(UserName=name)["AccessKey"]


@case("the caller learns who it is")
def identity():
    answer = sts.get_caller_identity()
    equal(answer["Account"], ACCOUNT)
    equal(answer["Arn"], f"arn:aws:iam::{ACCOUNT}:user/admin")
    assert answer["UserId"].startswith("AIDA"), answer["UserId"]


@case("a role is assumed, and its session does what the role may")
def assume():
    made = role("reader", "kms:ListKeys")
    answer = sts.assume_role(RoleArn=made["Arn"], RoleSessionName="me", DurationSeconds=900)
    equal(answer["AssumedRoleUser"]["Arn"], f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/me")
    equal(answer["AssumedRoleUser"]["AssumedRoleId"], f"{made['RoleId']}:me")
    credentials = answer["Credentials"]
    assert credentials["AccessKeyId"].startswith("ASIA")
    who = client("sts", credentials=credentials).get_caller_identity()
    equal(who["Arn"], f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/me")
    equal(who["UserId"], f"{made['RoleId']}:me")
    session = client("kms", credentials=credentials)
    session.list_keys()
    text = (
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/reader/me is not authorized to perform: "
        "kms:CreateKey"
    )
    with refused("AccessDeniedException", text, 400):
        session.create_key()


@case("a session policy narrows a session")
def narrowed():
    made = role("narrowed", "kms:*")
    answer = sts.assume_role(
        RoleArn=made["Arn"], RoleSessionName="me", Policy=allow("kms:ListKeys")
    )
    session = client("kms", credentials=answer["Credentials"])
    session.list_keys()
    with refused("AccessDeniedException", "because no session policy allows the kms:CreateKey action"):
        session.create_key()


@case("an external id is demanded where the trust policy demands it")
def external():
    made = role("partner", StringEquals={"sts:ExternalId": "secret"})
    with refused("AccessDenied", "is not authorized to perform: sts:AssumeRole on resource", 403):
        sts.assume_role(RoleArn=made["Arn"], RoleSessionName="me")
    sts.assume_role(RoleArn=made["Arn"], RoleSessionName="me", ExternalId="secret")


@case("a role that does not trust the caller is refused")
def untrusted():
    arn, key = user("stranger", "sts:AssumeRole")
    made = role("closed", trusted=f"arn:aws:iam::{ACCOUNT}:user/admin")
    text = (
        f"User: {arn} is not authorized to perform: sts:AssumeRole on resource: {made['Arn']}"
    )
    with refused("AccessDenied", text, 403):
        client("sts", credentials=key).assume_role(RoleArn=made["Arn"], RoleSessionName="me")


@case("session tags become the session's principal tags")
def tagged():
    made = role("tagged")
    policy = json.loads(trust(f"arn:aws:iam::{ACCOUNT}:root"))
    policy["Statement"][0]["Action"] = ["sts:AssumeRole", "sts:TagSession"]
    iam.update_assume_role_policy(RoleName="tagged", PolicyDocument=json.dumps(policy))
    statement = {
        "Effect": "Allow",
        "Action": "kms:ListKeys",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalTag/team": "red"}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName="tagged", PolicyName="red", PolicyDocument=document)

    def session(team):
        tags = [{"Key": "team", "Value": team}]
        answer = sts.assume_role(RoleArn=made["Arn"], RoleSessionName=team, Tags=tags)
        return client("kms", credentials=answer["Credentials"])

    session("red").list_keys()
    with refused("AccessDeniedException"):
        session("blue").list_keys()


@case("session and federation tokens carry their user's permissions")
def tokens():
    arn, key = user("tokens", "kms:*", "sts:*")
    own = client("sts", credentials=key)
    session = own.get_session_token(DurationSeconds=900)["Credentials"]
    equal(client("sts", credentials=session).get_caller_identity()["Arn"], arn)
    client("kms", credentials=session).list_keys()
    with refused("InvalidClientTokenId"):
        client("iam", credentials=session).list_users()
    federated = own.get_federation_token(Name="app", Policy=allow("kms:ListKeys"))
    equal(federated["FederatedUser"]["Arn"], f"arn:aws:sts::{ACCOUNT}:federated-user/app")
    app = client("kms", credentials=federated["Credentials"])
    app.list_keys()
    with refused("AccessDeniedException"):
        app.create_key()


@case("wrong keys, secrets and tokens are told apart")
def wrong():
    _, key = user("typo", "kms:*")
    with refused("InvalidClientTokenId", "The security token included in the request is invalid.", 403):
        client("sts", credentials=dict(key, AccessKeyId="AKIAIOSFODNN7EXAMPLE")).get_caller_identity()
    with refused("SignatureDoesNotMatch", status=403):
        client("sts", credentials=dict(key, SecretAccessKey="wrong")).get_caller_identity()
    with refused("UnrecognizedClientException", status=400):
        client("kms", credentials=dict(key, AccessKeyId="AKIAIOSFODNN7EXAMPLE")).list_keys()
    with refused("InvalidSignatureException", status=400):
        client("kms", credentials=dict(key, SecretAccessKey="wrong")).list_keys()
    iam.update_access_key(UserName="typo", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    with refused("UnrecognizedClientException"):
        client("kms", credentials=key).list_keys()


@case("a presigned GetCallerIdentity URL answers whoever has it")
def presigned():
    for method, data in [("POST", b""), ("GET", None)]:
        url = sts.generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod=method)
        with urllib.request.urlopen(url, data=data) as answer:
            body = answer.read().decode()
            equal(answer.headers.get_content_type(), "text/xml")
        assert f"<Arn>arn:aws:iam::{ACCOUNT}:user/admin</Arn>" in body, body
    try:
        urllib.request.urlopen(url.replace("X-Amz-Expires=60", "X-Amz-Expires=61"))
    except urllib.error.HTTPError as error:
        equal(error.code, 403)
        assert "SignatureDoesNotMatch" in error.read().decode()
    else:
        raise AssertionError("a changed URL was accepted")


@case("a presigned URL with a signed header works as cluster tokens use it")
def cluster_token():
    from botocore.signers import RequestSigner

    session = Session()
    service = client("sts").meta.service_model.service_id
    signer = RequestSigner(
        service, REGION, "sts", "v4", session.get_credentials(), session.events
    )
    endpoint = client("sts").meta.endpoint_url
    request = {
        "method": "GET",
        "url": f"{endpoint}/?Action=GetCallerIdentity&Version=2011-06-15",
        "body": {},
        "headers": {"x-k8s-aws-id": "cluster"},
        "context": {},
    }
    url = signer.generate_presigned_url(
        request, region_name=REGION, expires_in=60, operation_name=""
    )
    given = {"x-k8s-aws-id": "cluster"}
    with urllib.request.urlopen(urllib.request.Request(url, headers=given)) as answer:
        assert f"<Account>{ACCOUNT}</Account>" in answer.read().decode()
    try:
        urllib.request.urlopen(url)
    except urllib.error.HTTPError as error:
        equal(error.code, 403)
    else:
        raise AssertionError("a request without its signed header was accepted")


@case("an access key's account is told, and its last use")
def access_key():
    _, key = user("keyed", "kms:ListKeys")
    equal(sts.get_access_key_info(AccessKeyId=key["AccessKeyId"])["Account"], ACCOUNT)
    client("kms", credentials=key).list_keys()
    used = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])
    equal(used["UserName"], "keyed")


@case("an encoded authorization message decodes, and garbage does not")
def decode():
    with refused("InvalidAuthorizationMessageException", status=400):
        sts.decode_authorization_message(EncodedMessage="garbage")


@case("calls, allowed and refused, are looked up in CloudTrail")
def trail():
    arn, key = user("watched", "kms:ListKeys")
    kms = client("kms", credentials=key)
    kms.list_keys()
    with refused("AccessDeniedException"):
        kms.create_key(Description="not allowed")
    cloudtrail = client("cloudtrail")
    attribute = [{"AttributeKey": "Username", "AttributeValue": "watched"}]
    pages = cloudtrail.get_paginator("lookup_events").paginate(
        LookupAttributes=attribute, PaginationConfig={"PageSize": 1}
    )
    events = [event for page in pages for event in page["Events"]]
    names = [event["EventName"] for event in events]
    assert "CreateKey" in names, names
    record = json.loads(events[names.index("CreateKey")]["CloudTrailEvent"])
    equal(record["eventSource"], "kms.amazonaws.com")
    assert record["errorCode"].startswith("AccessDenied"), record["errorCode"]
    assert arn in record["errorMessage"], record["errorMessage"]
    equal(record["userIdentity"]["type"], "IAMUser")
    equal(record["userIdentity"]["arn"], arn)
    equal(record["userIdentity"]["accessKeyId"], key["AccessKeyId"])
    equal(record["awsRegion"], REGION)
    equal(record["recipientAccountId"], ACCOUNT)
    assert "Boto3" in record["userAgent"], record["userAgent"]


if __name__ == "__main__":
    run()
