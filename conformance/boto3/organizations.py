"""Organizations: accounts, OUs, invitations, policies that are enforced, delegated administrators."""

import json

from cases import ACCOUNT, case, client, equal, refused, run

organizations = client("organizations")
sts = client("sts")
made = organizations.create_organization(FeatureSet="ALL")["Organization"]
ROOT = organizations.list_roots()["Roots"][0]["Id"]


def account(name):
    status = organizations.create_account(AccountName=name, Email=f"{name}@example.com")
    request = status["CreateAccountStatus"]["Id"]
    while True:
        answer = organizations.describe_create_account_status(CreateAccountRequestId=request)
        now = answer["CreateAccountStatus"]
        if now["State"] != "IN_PROGRESS":
            equal(now["State"], "SUCCEEDED")
            return now["AccountId"]


def inside(account_id, service):
    arn = f"arn:aws:iam::{account_id}:role/OrganizationAccountAccessRole"
    answer = sts.assume_role(RoleArn=arn, RoleSessionName="conformance")
    return client(service, credentials=answer["Credentials"])


def deny(action):
    statement = {"Effect": "Deny", "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


MEMBER = account("member")


@case("the organization is the caller's")
def described():
    equal(made["MasterAccountId"], ACCOUNT)
    equal(made["AvailablePolicyTypes"], [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}])
    equal(organizations.describe_organization()["Organization"]["Id"], made["Id"])
    with refused("AlreadyInOrganizationException", status=400):
        organizations.create_organization()


@case("a created account is a tenant, and its paginator tells of it")
def created():
    equal(inside(MEMBER, "sts").get_caller_identity()["Account"], MEMBER)
    pages = organizations.get_paginator("list_accounts").paginate()
    ids = [each["Id"] for page in pages for each in page["Accounts"]]
    equal(sorted(ids), sorted([ACCOUNT, MEMBER]))


@case("a service control policy holds back a member, and not the management account")
def controlled():
    organizations.enable_policy_type(RootId=ROOT, PolicyType="SERVICE_CONTROL_POLICY")
    policy = organizations.create_policy(
        Name="no-keys", Description="", Type="SERVICE_CONTROL_POLICY", Content=deny("kms:CreateKey")
    )["Policy"]["PolicySummary"]
    kms = inside(MEMBER, "kms")
    kms.create_key()
    organizations.attach_policy(PolicyId=policy["Id"], TargetId=ROOT)
    text = f"with an explicit deny in a service control policy: {policy['Arn']}"
    with refused("AccessDeniedException", text):
        kms.create_key()
    client("kms").create_key()
    with refused("ConstraintViolationException"):
        organizations.detach_policy(PolicyId="p-FullAWSAccess", TargetId=MEMBER)
    organizations.detach_policy(PolicyId=policy["Id"], TargetId=ROOT)
    kms.create_key()
    organizations.delete_policy(PolicyId=policy["Id"])


@case("OUs hold accounts, which move between them")
def structured():
    unit = organizations.create_organizational_unit(ParentId=ROOT, Name="unit")
    unit = unit["OrganizationalUnit"]["Id"]
    organizations.move_account(AccountId=MEMBER, SourceParentId=ROOT, DestinationParentId=unit)
    parents = organizations.list_parents(ChildId=MEMBER)["Parents"]
    equal(parents, [{"Id": unit, "Type": "ORGANIZATIONAL_UNIT"}])
    with refused("OrganizationalUnitNotEmptyException"):
        organizations.delete_organizational_unit(OrganizationalUnitId=unit)
    organizations.move_account(AccountId=MEMBER, SourceParentId=unit, DestinationParentId=ROOT)
    organizations.delete_organizational_unit(OrganizationalUnitId=unit)


@case("a delegated administrator reads, and a member does not")
def delegated():
    theirs = inside(MEMBER, "organizations")
    with refused("AccessDeniedException", "You don't have permissions to access this resource."):
        theirs.list_accounts()
    principal = "guardduty.amazonaws.com"
    organizations.enable_aws_service_access(ServicePrincipal=principal)
    registration = {"AccountId": MEMBER, "ServicePrincipal": principal}
    organizations.register_delegated_administrator(**registration)
    equal(len(theirs.list_accounts()["Accounts"]), 2)
    organizations.deregister_delegated_administrator(**registration)
    organizations.disable_aws_service_access(ServicePrincipal=principal)


@case("an organization is left and deleted")
def deleted():
    with refused("OrganizationNotEmptyException"):
        organizations.delete_organization()
    organizations.remove_account_from_organization(AccountId=MEMBER)
    organizations.delete_organization()
    with refused("AWSOrganizationsNotInUseException"):
        organizations.describe_organization()


run()
