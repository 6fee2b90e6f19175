"""IAM: entities, policies, credentials, simulation, reports."""

import csv
import io
import json
import time

from cases import ACCOUNT, case, client, equal, refused, run

iam = client("iam")
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


def allow(*actions, resource="*", effect="Allow"):
    statement = {"Effect": effect, "Action": list(actions), "Resource": resource}
    return {"Version": "2012-10-17", "Statement": [statement]}


TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "ec2.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


@case("a user is made, read, renamed and deleted, and AWS's refusals come in its words")
def users():
    made = iam.create_user(UserName="eve", Path="/people/", Tags=[{"Key": "a", "Value": "b"}])["User"]
    equal(made["Arn"], f"arn:aws:iam::{ACCOUNT}:user/people/eve")
    assert made["UserId"].startswith("AIDA") and len(made["UserId"]) == 21
    equal(made["Tags"], [{"Key": "a", "Value": "b"}])
    with refused("EntityAlreadyExists", "User with name eve already exists.", 409):
        iam.create_user(UserName="eve")
    with refused("NoSuchEntity", "The user with name nobody cannot be found.", 404):
        iam.get_user(UserName="nobody")
    iam.update_user(UserName="eve", NewUserName="evelyn", NewPath="/")
    equal(iam.get_user(UserName="evelyn")["User"]["Arn"], f"arn:aws:iam::{ACCOUNT}:user/evelyn")
    iam.put_user_policy(UserName="evelyn", PolicyName="p", PolicyDocument=json.dumps(allow("*")))
    with refused("DeleteConflict", "Cannot delete entity, must delete policies first.", 409):
        iam.delete_user(UserName="evelyn")
    iam.delete_user_policy(UserName="evelyn", PolicyName="p")
    iam.delete_user(UserName="evelyn")
    with refused("ValidationError", status=400):
        iam.create_user(UserName="not a name!")


@case("the caller's own user needs no name")
def own():
    equal(iam.get_user()["User"]["UserName"], "admin")


@case("policies have versions, of which five are kept and one is the default")
def policies():
    made = iam.create_policy(PolicyName="work", PolicyDocument=json.dumps(allow("kms:Encrypt")))
    arn = made["Policy"]["Arn"]
    equal(arn, f"arn:aws:iam::{ACCOUNT}:policy/work")
    equal(made["Policy"]["DefaultVersionId"], "v1")
    for number in range(2, 6):
        document = json.dumps(allow(f"kms:Op{number}"))
        version = iam.create_policy_version(
            PolicyArn=arn, PolicyDocument=document, SetAsDefault=number == 3
        )
        equal(version["PolicyVersion"]["VersionId"], f"v{number}")
    with refused("LimitExceeded", status=409):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(allow("kms:X")))
    got = iam.get_policy_version(PolicyArn=arn, VersionId="v3")["PolicyVersion"]
    equal(got["Document"], allow("kms:Op3"))
    equal(got["IsDefaultVersion"], True)
    with refused("DeleteConflict", status=409):
        iam.delete_policy_version(PolicyArn=arn, VersionId="v3")
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    iam.delete_policy_version(PolicyArn=arn, VersionId="v3")
    with refused("MalformedPolicyDocument", status=400):
        iam.create_policy(PolicyName="bad", PolicyDocument="{}")
    with refused("MalformedPolicyDocument", "Syntax errors in policy.", 400):
        iam.create_policy(PolicyName="bad", PolicyDocument="{")


@case("attachments are counted and listed from both sides")
def attachments():
    document = json.dumps(allow("kms:*"))
    arn = iam.create_policy(PolicyName="shared", PolicyDocument=document)["Policy"]["Arn"]
    iam.create_user(UserName="attached")
    iam.create_group(GroupName="attached")
    iam.create_role(RoleName="attached", AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.attach_user_policy(UserName="attached", PolicyArn=arn)
    iam.attach_group_policy(GroupName="attached", PolicyArn=arn)
    iam.attach_role_policy(RoleName="attached", PolicyArn=arn)
    iam.attach_role_policy(RoleName="attached", PolicyArn=READ_ONLY)
    equal(iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"], 3)
    entities = iam.list_entities_for_policy(PolicyArn=arn)
    equal([user["UserName"] for user in entities["PolicyUsers"]], ["attached"])
    equal([group["GroupName"] for group in entities["PolicyGroups"]], ["attached"])
    equal([role["RoleName"] for role in entities["PolicyRoles"]], ["attached"])
    listed = iam.list_attached_role_policies(RoleName="attached")["AttachedPolicies"]
    equal({policy["PolicyArn"] for policy in listed}, {arn, READ_ONLY})
    with refused("DeleteConflict", status=409):
        iam.delete_policy(PolicyArn=arn)
    with refused("NoSuchEntity", status=404):
        iam.attach_user_policy(
            UserName="attached", PolicyArn="arn:aws:iam::aws:policy/NoSuchPolicyAnywhere"
        )


@case("a role keeps its trust policy, tags, boundary and instance profile")
def roles():
    iam.create_role(
        RoleName="machine",
        Path="/service/",
        AssumeRolePolicyDocument=json.dumps(TRUST),
        MaxSessionDuration=7200,
        PermissionsBoundary=READ_ONLY,
        Tags=[{"Key": "stage", "Value": "test"}],
    )
    role = iam.get_role(RoleName="machine")["Role"]
    equal(role["AssumeRolePolicyDocument"], TRUST)
    equal(role["MaxSessionDuration"], 7200)
    equal(role["PermissionsBoundary"]["PermissionsBoundaryArn"], READ_ONLY)
    equal(role["Tags"], [{"Key": "stage", "Value": "test"}])
    assert role["RoleId"].startswith("AROA")
    iam.create_instance_profile(InstanceProfileName="machine")
    iam.add_role_to_instance_profile(InstanceProfileName="machine", RoleName="machine")
    profile = iam.get_instance_profile(InstanceProfileName="machine")["InstanceProfile"]
    equal([role["RoleName"] for role in profile["Roles"]], ["machine"])
    with refused("DeleteConflict", status=409):
        iam.delete_role(RoleName="machine")
    iam.remove_role_from_instance_profile(InstanceProfileName="machine", RoleName="machine")
    iam.delete_instance_profile(InstanceProfileName="machine")
    iam.delete_role(RoleName="machine")


@case("paginators walk users, roles, policies and the account's authorization details")
def paginators():
    for number in range(5):
        iam.create_user(UserName=f"page{number}", Path="/paged/")
    pages = list(
        iam.get_paginator("list_users").paginate(
            PathPrefix="/paged/", PaginationConfig={"PageSize": 2}
        )
    )
    equal(len(pages), 3)
    names = [user["UserName"] for page in pages for user in page["Users"]]
    equal(names, [f"page{number}" for number in range(5)])
    managed = iam.get_paginator("list_policies").paginate(Scope="AWS")
    arns = {policy["Arn"] for page in managed for policy in page["Policies"]}
    assert READ_ONLY in arns and len(arns) > 100, len(arns)
    details = iam.get_paginator("get_account_authorization_details").paginate(
        PaginationConfig={"PageSize": 3}
    )
    users = [user["UserName"] for page in details for user in page["UserDetailList"]]
    assert "admin" in users and set(names) <= set(users)


@case("a user waiter sees a user")
def waiter():
    iam.create_user(UserName="waited")
    iam.get_waiter("user_exists").wait(UserName="waited", WaiterConfig={"MaxAttempts": 2})


@case("at most two access keys a user")
def access_keys():
    iam.create_user(UserName="keys")
    first = iam.create_access_key(UserName="keys")["AccessKey"]
    assert first["AccessKeyId"].startswith("AKIA") and len(first["SecretAccessKey"]) == 40
    iam.create_access_key(UserName="keys")
    with refused("LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2", 409):
        iam.create_access_key(UserName="keys")
    iam.update_access_key(UserName="keys", AccessKeyId=first["AccessKeyId"], Status="Inactive")
    keys = iam.list_access_keys(UserName="keys")["AccessKeyMetadata"]
    equal(sorted(key["Status"] for key in keys), ["Active", "Inactive"])


@case("policies are simulated for a principal and on their own")
def simulation():
    arn = iam.create_user(UserName="simulated")["User"]["Arn"]
    document = json.dumps(allow("kms:Encrypt"))
    iam.put_user_policy(UserName="simulated", PolicyName="p", PolicyDocument=document)
    results = iam.simulate_principal_policy(
        PolicySourceArn=arn, ActionNames=["kms:Encrypt", "kms:Decrypt"]
    )["EvaluationResults"]
    decisions = {result["EvalActionName"]: result["EvalDecision"] for result in results}
    equal(decisions, {"kms:Encrypt": "allowed", "kms:Decrypt": "implicitDeny"})
    results = iam.simulate_custom_policy(
        PolicyInputList=[document, json.dumps(allow("kms:*", effect="Deny"))],
        ActionNames=["kms:Encrypt"],
    )["EvaluationResults"]
    equal(results[0]["EvalDecision"], "explicitDeny")
    assert results[0]["MatchedStatements"]


@case("a permissions boundary takes away what it does not allow")
def boundary():
    iam.create_user(UserName="bounded", PermissionsBoundary=READ_ONLY)
    document = json.dumps(allow("kms:*", "iam:*"))
    iam.put_user_policy(UserName="bounded", PolicyName="all", PolicyDocument=document)
    key = iam.create_access_key(UserName="bounded")["AccessKey"]
    bounded = client("kms", credentials=key)
    bounded.list_keys()
    text = "because no permissions boundary allows the kms:CreateKey action"
    with refused("AccessDeniedException", text, 400):
        bounded.create_key()


@case("IAM's own refusals name the caller, the action and the resource")
def refusals():
    arn = iam.create_user(UserName="weak")["User"]["Arn"]
    key = iam.create_access_key(UserName="weak")["AccessKey"]
    text = (
        f"User: {arn} is not authorized to perform: iam:CreateUser on resource: "
        f"arn:aws:iam::{ACCOUNT}:user/x because no identity-based policy allows "
        "the iam:CreateUser action"
    )
    with refused("AccessDenied", text, 403):
        client("iam", credentials=key).create_user(UserName="x")


@case("groups give their members their policies")
def groups():
    iam.create_group(GroupName="team")
    document = json.dumps(allow("kms:ListKeys"))
    iam.put_group_policy(GroupName="team", PolicyName="p", PolicyDocument=document)
    iam.create_user(UserName="member")
    iam.add_user_to_group(GroupName="team", UserName="member")
    equal([u["UserName"] for u in iam.get_group(GroupName="team")["Users"]], ["member"])
    listed = iam.list_groups_for_user(UserName="member")["Groups"]
    equal([group["GroupName"] for group in listed], ["team"])
    member = client("kms", credentials=iam.create_access_key(UserName="member")["AccessKey"])
    member.list_keys()
    iam.remove_user_from_group(GroupName="team", UserName="member")
    with refused("AccessDeniedException"):
        member.list_keys()


@case("the account has an alias, a password policy and a summary")
def account():
    iam.create_account_alias(AccountAlias="conformance")
    equal(iam.list_account_aliases()["AccountAliases"], ["conformance"])
    with refused("NoSuchEntity", status=404):
        iam.get_account_password_policy()
    iam.update_account_password_policy(MinimumPasswordLength=12, RequireNumbers=True)
    policy = iam.get_account_password_policy()["PasswordPolicy"]
    equal(policy["MinimumPasswordLength"], 12)
    equal(policy["ExpirePasswords"], False)
    iam.create_user(UserName="login")
    with refused("PasswordPolicyViolation", status=400):
        iam.create_login_profile(UserName="login", Password="short")
    iam.create_login_profile(UserName="login", Password="long enough 1 and more")
    assert iam.get_account_summary()["SummaryMap"]["Users"] > 0


@case("the credential report lists every user")
def report():
    for _ in range(20):
        if iam.generate_credential_report()["State"] == "COMPLETE":
            break
        time.sleep(0.1)
    answer = iam.get_credential_report()
    equal(answer["ReportFormat"], "text/csv")
    rows = list(csv.DictReader(io.StringIO(answer["Content"].decode())))
    names = [row["user"] for row in rows]
    equal(names[0], "<root_account>")
    assert "admin" in names


@case("a service-linked role is made for its service and deleted by a task")
def service_linked():
    made = iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com")["Role"]
    equal(made["RoleName"], "AWSServiceRoleForAutoScaling")
    equal(made["Path"], "/aws-service-role/autoscaling.amazonaws.com/")
    with refused("InvalidInput", "has been taken in this account", 400):
        iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com")
    with refused("UnmodifiableEntity", status=400):
        iam.delete_role(RoleName=made["RoleName"])
    task = iam.delete_service_linked_role(RoleName=made["RoleName"])["DeletionTaskId"]
    equal(iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"], "SUCCEEDED")


if __name__ == "__main__":
    run()
