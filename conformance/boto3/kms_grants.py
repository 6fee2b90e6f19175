"""Grants, and who may use a key."""

import json

from cases import ACCOUNT, REGION, case, client, equal, refused, run

kms = client("kms")
iam = client("iam")
KEY = kms.create_key(Description="granted")["KeyMetadata"]


def user(name):
    arn = iam.create_user(UserName=name)["User"]["Arn"]
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return arn, client("kms", credentials=key)


GRANTEE, grantee = user("grantee")
OTHER, other = user("other")


@case("a user without any permission is refused in AWS's words")
def denied():
    text = (
        f"User: {GRANTEE} is not authorized to perform: kms:Encrypt on resource: {KEY['Arn']} "
        "because no identity-based policy allows the kms:Encrypt action"
    )
    with refused("AccessDeniedException", text, 400):
        grantee.encrypt(KeyId=KEY["KeyId"], Plaintext=b"x")


@case("a grant gives its operations to its grantee until it is revoked")
def granted():
    answer = kms.create_grant(
        KeyId=KEY["KeyId"], GranteePrincipal=GRANTEE, Operations=["Encrypt", "Decrypt"], Name="g"
    )
    again = kms.create_grant(
        KeyId=KEY["KeyId"], GranteePrincipal=GRANTEE, Operations=["Encrypt", "Decrypt"], Name="g"
    )
    equal(again["GrantId"], answer["GrantId"])
    blob = grantee.encrypt(KeyId=KEY["Arn"], Plaintext=b"x", GrantTokens=[answer["GrantToken"]])
    equal(grantee.decrypt(CiphertextBlob=blob["CiphertextBlob"])["Plaintext"], b"x")
    with refused("AccessDeniedException"):
        grantee.generate_data_key(KeyId=KEY["Arn"], KeySpec="AES_256")
    with refused("AccessDeniedException"):
        other.encrypt(KeyId=KEY["Arn"], Plaintext=b"x")
    listed = kms.list_grants(KeyId=KEY["KeyId"], GrantId=answer["GrantId"])["Grants"]
    equal(len(listed), 1)
    equal(listed[0]["GranteePrincipal"], GRANTEE)
    equal(listed[0]["Operations"], ["Encrypt", "Decrypt"])
    equal(listed[0]["Name"], "g")
    equal(listed[0]["KeyId"], KEY["Arn"])
    kms.revoke_grant(KeyId=KEY["KeyId"], GrantId=answer["GrantId"])
    with refused("AccessDeniedException"):
        grantee.encrypt(KeyId=KEY["Arn"], Plaintext=b"x")
    with refused("NotFoundException"):
        kms.revoke_grant(KeyId=KEY["KeyId"], GrantId=answer["GrantId"])


@case("a grant's constraints bind the encryption context")
def constraints():
    equals = kms.create_grant(
        KeyId=KEY["KeyId"],
        GranteePrincipal=GRANTEE,
        Operations=["Encrypt"],
        Constraints={"EncryptionContextEquals": {"team": "red"}},
    )
    grantee.encrypt(KeyId=KEY["Arn"], Plaintext=b"x", EncryptionContext={"team": "red"})
    for context in [{}, {"team": "blue"}, {"team": "red", "more": "1"}]:
        with refused("AccessDeniedException"):
            grantee.encrypt(KeyId=KEY["Arn"], Plaintext=b"x", EncryptionContext=context)
    kms.revoke_grant(KeyId=KEY["KeyId"], GrantId=equals["GrantId"])
    subset = kms.create_grant(
        KeyId=KEY["KeyId"],
        GranteePrincipal=GRANTEE,
        Operations=["Encrypt"],
        Constraints={"EncryptionContextSubset": {"team": "red"}},
    )
    context = {"team": "red", "more": "1"}
    grantee.encrypt(KeyId=KEY["Arn"], Plaintext=b"x", EncryptionContext=context)
    kms.revoke_grant(KeyId=KEY["KeyId"], GrantId=subset["GrantId"])


@case("a grant is retired by whom it names, and by nobody else")
def retire():
    answer = kms.create_grant(
        KeyId=KEY["KeyId"],
        GranteePrincipal=GRANTEE,
        RetiringPrincipal=OTHER,
        Operations=["Encrypt"],
    )
    found = kms.list_retirable_grants(RetiringPrincipal=OTHER)["Grants"]
    equal([grant["GrantId"] for grant in found], [answer["GrantId"]])
    with refused("AccessDeniedException"):
        grantee.retire_grant(KeyId=KEY["Arn"], GrantId=answer["GrantId"])
    other.retire_grant(GrantToken=answer["GrantToken"])
    equal(kms.list_grants(KeyId=KEY["KeyId"])["Grants"], [])


@case("grants are paged")
def pages():
    ids = set()
    for number in range(5):
        answer = kms.create_grant(
            KeyId=KEY["KeyId"], GranteePrincipal=GRANTEE, Operations=["Decrypt"], Name=f"p{number}"
        )
        ids.add(answer["GrantId"])
    paginator = kms.get_paginator("list_grants")
    seen = [
        grant["GrantId"]
        for page in paginator.paginate(KeyId=KEY["KeyId"], PaginationConfig={"PageSize": 2})
        for grant in page["Grants"]
    ]
    equal(len(seen), 5)
    equal(set(seen), ids)
    for grant in ids:
        kms.revoke_grant(KeyId=KEY["KeyId"], GrantId=grant)


@case("grants that AWS refuses are refused")
def invalid():
    with refused("InvalidArnException"):
        kms.create_grant(KeyId=KEY["KeyId"], GranteePrincipal="nobody", Operations=["Encrypt"])
    with refused("ValidationException"):
        kms.create_grant(KeyId=KEY["KeyId"], GranteePrincipal=GRANTEE, Operations=["Sign"])


@case("an identity policy gives access, and kms:ViaService and context conditions hold")
def conditions():
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "kms:Encrypt",
                "Resource": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/*",
                "Condition": {"StringEquals": {"kms:EncryptionContext:team": "red"}},
            },
            {
                "Effect": "Allow",
                "Action": "kms:Decrypt",
                "Resource": "*",
                "Condition": {"StringEquals": {"kms:ViaService": f"ssm.{REGION}.amazonaws.com"}},
            },
        ],
    }
    iam.put_user_policy(UserName="other", PolicyName="use", PolicyDocument=json.dumps(policy))
    context = {"team": "red"}
    blob = other.encrypt(KeyId=KEY["KeyId"], Plaintext=b"x", EncryptionContext=context)
    with refused("AccessDeniedException"):
        other.encrypt(KeyId=KEY["KeyId"], Plaintext=b"x", EncryptionContext={"team": "blue"})
    with refused("AccessDeniedException"):
        other.decrypt(CiphertextBlob=blob["CiphertextBlob"], EncryptionContext=context)


@case("an explicit deny in the key policy wins")
def deny():
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    policy = json.loads(kms.get_key_policy(KeyId=key)["Policy"])
    policy["Statement"].append(
        {
            "Effect": "Deny",
            "Principal": {"AWS": OTHER},
            "Action": "kms:Encrypt",
            "Resource": "*",
        }
    )
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(policy))
    with refused("AccessDeniedException", "with an explicit deny in a resource-based policy"):
        other.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"team": "red"})


if __name__ == "__main__":
    run()
