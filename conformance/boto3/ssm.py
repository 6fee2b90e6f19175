"""Parameter Store: types, tiers, versions, labels, hierarchies, encryption, policies, sharing, settings."""

import base64
import datetime
import json

from cases import ACCOUNT, REGION, case, client, equal, refused, run

ssm = client("ssm")
kms = client("kms")
iam = client("iam")


def arn(path):
    return f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter{path}"


def put(name, value, type="String", **more):
    return ssm.put_parameter(Name=name, Value=value, Type=type, **more)["Version"]


def get(name, **more):
    return ssm.get_parameter(Name=name, **more)["Parameter"]


def names(answer):
    return [each["Name"] for each in answer["Parameters"]]


def caller(name, *statements):
    """A client of a new user who may do what the statements say."""
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps(document))
    return client("ssm", credentials=key)


@case("parameters of each type are put, read one by one, together and by path, overwritten and deleted")
def basics():
    equal(put("/basics/url", "https://example.com"), 1)
    equal(put("/basics/list", "a,b,c", "StringList"), 1)
    equal(put("/basics/deep/secret", "hidden", "SecureString"), 1)
    with refused("ParameterAlreadyExists", "To overwrite this value"):
        put("/basics/url", "again")
    equal(ssm.put_parameter(Name="/basics/url", Value="second", Overwrite=True)["Version"], 2)
    found = get("/basics/url")
    equal(found["Value"], "second")
    equal(found["ARN"], arn("/basics/url"))
    equal(found["DataType"], "text")
    equal(get("/basics/url:1")["Value"], "https://example.com")
    sealed = get("/basics/deep/secret")["Value"]
    assert "hidden" not in sealed and len(sealed) > 100, sealed
    equal(get("/basics/deep/secret", WithDecryption=True)["Value"], "hidden")
    answer = ssm.get_parameters(Names=["/basics/url", "/basics/list", "/nowhere"])
    equal(names(answer), ["/basics/list", "/basics/url"])
    equal(answer["InvalidParameters"], ["/nowhere"])
    equal(names(ssm.get_parameters_by_path(Path="/basics")), ["/basics/list", "/basics/url"])
    pages = ssm.get_paginator("get_parameters_by_path").paginate(
        Path="/basics/", Recursive=True, WithDecryption=True, PaginationConfig={"PageSize": 2}
    )
    values = [[each["Value"] for each in page["Parameters"]] for page in pages]
    equal(values, [["hidden", "a,b,c"], ["second"]])
    answer = ssm.delete_parameters(Names=["/basics/url", "/basics/list", "/nowhere"])
    equal(answer["DeletedParameters"], ["/basics/url", "/basics/list"])
    equal(answer["InvalidParameters"], ["/nowhere"])
    ssm.delete_parameter(Name="/basics/deep/secret")
    with refused("ParameterNotFound"):
        get("/basics/url")
    with refused("ParameterNotFound"):
        ssm.delete_parameter(Name="/basics/url")


@case("names, values, types and tiers that AWS refuses are refused in its words")
def refusals():
    with refused("ValidationException", "A parameter type is required when you create a parameter."):
        ssm.put_parameter(Name="/r/x", Value="v")
    with refused("ValidationException", "must be a fully qualified name"):
        put("r/x", "v")
    with refused("ValidationException", "can't be prefixed with"):
        put("awsome", "v")
    with refused("AccessDeniedException", "No access to reserved parameter name: /aws/x."):
        put("/aws/x", "v")
    with refused("ValidationException", "sub-paths divided by slash symbol"):
        put("/r//x", "v")
    with refused("HierarchyLevelLimitExceededException"):
        put("/" + "/".join("abcdefghijklmnop"), "v")
    with refused("ValidationException", "Standard tier parameters support a maximum parameter value of 4096"):
        put("/r/x", "x" * 4097)
    with refused("ValidationException", "nest another parameter"):
        put("/r/x", "{{ssm:other}}")
    with refused("ParameterPatternMismatchException"):
        put("/r/x", "abc", AllowedPattern="^\\d+$")
    with refused("InvalidAllowedPatternException"):
        put("/r/x", "abc", AllowedPattern="(")
    put("/r/x", "v", Tier="Advanced")
    with refused("HierarchyTypeMismatchException"):
        put("/r/x", "v", "SecureString", Overwrite=True)
    with refused("ValidationException", "can't downgrade a parameter"):
        put("/r/x", "v", Tier="Standard", Overwrite=True)


@case("versions are kept and labelled; a label moves; selectors find them, and history tells them all")
def versions():
    name = "/versions/x"
    for number in range(1, 4):
        put(name, f"v{number}", Overwrite=number > 1)
    answer = ssm.label_parameter_version(Name=name, ParameterVersion=1, Labels=["prod", "9x", "awsx"])
    equal(answer["InvalidLabels"], ["9x", "awsx"])
    found = get(f"{name}:prod")
    equal((found["Value"], found["Selector"], found["Version"]), ("v1", ":prod", 1))
    ssm.label_parameter_version(Name=name, Labels=["prod"])
    equal(get(f"{arn(name)}:prod")["Version"], 3)
    history = ssm.get_parameter_history(Name=name)["Parameters"]
    equal([(each["Version"], each["Labels"]) for each in history], [(1, []), (2, []), (3, ["prod"])])
    answer = ssm.unlabel_parameter_version(Name=name, ParameterVersion=3, Labels=["prod", "none"])
    equal((answer["RemovedLabels"], answer["InvalidLabels"]), (["prod"], ["none"]))
    with refused("ParameterVersionNotFound", "could not find version 9"):
        get(f"{name}:9")


@case("parameters are described and filtered, with tags")
def describing():
    put("/described/a", "v", Tags=[{"Key": "team", "Value": "red"}], Description="first")
    put("/described/b", "v", "SecureString", Tier="Advanced")

    def described(key, *values, option=None):
        one = {"Key": key, "Values": list(values)}
        if option:
            one["Option"] = option
        path = {"Key": "Path", "Option": "Recursive", "Values": ["/described"]}
        return names(ssm.describe_parameters(ParameterFilters=[path, one]))

    equal(described("tag:team", "red"), ["/described/a"])
    equal(described("Type", "SecureString"), ["/described/b"])
    equal(described("Tier", "Standard"), ["/described/a"])
    equal(described("KeyId", "alias/aws/ssm"), ["/described/b"])
    equal(described("Name", "scribed/b", option="Contains"), ["/described/b"])
    older = ssm.describe_parameters(Filters=[{"Key": "Name", "Values": ["/described/"]}])
    equal([each.get("Description") for each in older["Parameters"]], ["first", None])
    with refused("InvalidFilterKey"):
        described("Label", "x")
    with refused("InvalidFilterOption"):
        described("Type", "String", option="Contains")
    resource = {"ResourceType": "Parameter", "ResourceId": "/described/a"}
    ssm.add_tags_to_resource(**resource, Tags=[{"Key": "stage", "Value": "dev"}])
    ssm.remove_tags_from_resource(**resource, TagKeys=["team"])
    equal(ssm.list_tags_for_resource(**resource)["TagList"], [{"Key": "stage", "Value": "dev"}])
    with refused("InvalidResourceId"):
        ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId="/nothing")


@case("a SecureString under a customer managed key needs the key, and its ARN as context")
def encryption():
    key = kms.create_key()["KeyMetadata"]["Arn"]
    put("/encrypted/x", "hidden", "SecureString", KeyId=key)
    blob = get("/encrypted/x")["Value"]
    plain = kms.decrypt(
        CiphertextBlob=base64.b64decode(blob),
        EncryptionContext={"PARAMETER_ARN": arn("/encrypted/x")},
    )
    equal(plain["Plaintext"], b"hidden")
    reader = caller(
        "ssm-reader",
        {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": arn("/encrypted/*")},
    )
    with refused("AccessDeniedException", "kms:Decrypt"):
        reader.get_parameter(Name="/encrypted/x", WithDecryption=True)
    with refused("AccessDeniedException", "ssm:GetParameter"):
        reader.get_parameter(Name="/basics/x")
    with refused("InvalidKeyId"):
        put("/encrypted/y", "hidden", "SecureString", KeyId="alias/no-such-key")
    put("/encrypted/managed", "hidden", "SecureString", Tier="Advanced")
    found = reader.get_parameter(Name="/encrypted/managed", WithDecryption=True)["Parameter"]
    equal(found["Value"], "hidden")


@case("who may list a path sees all that is below it, and ssm:Recursive narrows that")
def paths():
    put("/paths/a", "1")
    put("/paths/b/c", "2")
    lister = caller(
        "ssm-lister",
        {"Effect": "Allow", "Action": "ssm:GetParametersByPath", "Resource": arn("/paths")},
        {"Effect": "Deny", "Action": "ssm:*", "Resource": arn("/paths/b/*")},
    )
    equal(names(lister.get_parameters_by_path(Path="/paths", Recursive=True)), ["/paths/a", "/paths/b/c"])
    with refused("AccessDeniedException"):
        lister.get_parameters_by_path(Path="/paths/b")
    shallow = caller(
        "ssm-shallow",
        {
            "Effect": "Allow",
            "Action": "ssm:GetParametersByPath",
            "Resource": arn("/paths"),
            "Condition": {"StringEquals": {"ssm:Recursive": "false"}},
        },
    )
    equal(names(shallow.get_parameters_by_path(Path="/paths")), ["/paths/a"])
    with refused("AccessDeniedException"):
        shallow.get_parameters_by_path(Path="/paths", Recursive=True)


@case("parameter policies are kept, several at once, and refused where they make no sense")
def policies():
    soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=400)
    expiration = {
        "Type": "Expiration",
        "Version": "1.0",
        "Attributes": {"Timestamp": soon.strftime("%Y-%m-%dT%H:%M:%S.000Z")},
    }
    notice = {
        "Type": "ExpirationNotification",
        "Version": "1.0",
        "Attributes": {"Before": "15", "Unit": "Days"},
    }
    quiet = {"Type": "NoChangeNotification", "Version": "1.0", "Attributes": {"After": "20", "Unit": "Days"}}

    def attempt(*items, tier="Advanced"):
        return put("/policies/x", "v", Tier=tier, Overwrite=True, Policies=json.dumps(items))

    attempt(expiration, notice, quiet)
    found = ssm.describe_parameters(ParameterFilters=[{"Key": "Name", "Values": ["/policies/x"]}])
    shown = found["Parameters"][0]["Policies"]
    equal([each["PolicyType"] for each in shown], ["Expiration", "ExpirationNotification", "NoChangeNotification"])
    equal({each["PolicyStatus"] for each in shown}, {"Pending"})
    equal([json.loads(each["PolicyText"]) for each in shown], [expiration, notice, quiet])
    with refused("IncompatiblePolicyException"):
        attempt(expiration, {**expiration, "Attributes": {"Timestamp": "2999-01-01T00:00:00Z"}})
    with refused("InvalidPolicyTypeException"):
        attempt({**expiration, "Type": "Deletion"})
    with refused("InvalidPolicyAttributeException"):
        attempt({**quiet, "Attributes": {"After": "20", "Unit": "Years"}})
    with refused("PoliciesLimitExceededException"):
        attempt(*[{**quiet, "Attributes": {"After": str(n), "Unit": "Days"}} for n in range(1, 12)])
    attempt({})
    found = ssm.describe_parameters(ParameterFilters=[{"Key": "Name", "Values": ["/policies/x"]}])
    equal(found["Parameters"][0]["Policies"], [])


@case("the default tier is a setting, and Intelligent-Tiering decides by what is put")
def settings():
    tier = "/ssm/parameter-store/default-parameter-tier"
    found = ssm.get_service_setting(SettingId=tier)["ServiceSetting"]
    equal((found["SettingValue"], found["Status"]), ("Standard", "Default"))
    ssm.update_service_setting(SettingId=found["ARN"], SettingValue="Intelligent-Tiering")
    answer = ssm.put_parameter(Name="/settings/large", Value="x" * 5000, Type="String")
    equal(answer["Tier"], "Advanced")
    equal(ssm.reset_service_setting(SettingId=tier)["ServiceSetting"]["Status"], "Default")
    with refused("ServiceSettingNotFound"):
        ssm.get_service_setting(SettingId="/ssm/parameter-store/other")


@case("an advanced parameter is shared by a resource policy, which has versions of its own")
def sharing():
    put("/shared/x", "v", Tier="Advanced")
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "444455556666"},
        "Action": ["ssm:GetParameter", "ssm:GetParameters"],
        "Resource": arn("/shared/x"),
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
    made = ssm.put_resource_policy(ResourceArn=arn("/shared/x"), Policy=policy)
    found = ssm.get_resource_policies(ResourceArn=arn("/shared/x"))["Policies"]
    equal([json.loads(each["Policy"]) for each in found], [json.loads(policy)])
    with refused("ResourcePolicyConflictException"):
        ssm.delete_resource_policy(
            ResourceArn=arn("/shared/x"), PolicyId=made["PolicyId"], PolicyHash="old"
        )
    ssm.delete_resource_policy(
        ResourceArn=arn("/shared/x"), PolicyId=made["PolicyId"], PolicyHash=made["PolicyHash"]
    )
    equal(ssm.get_resource_policies(ResourceArn=arn("/shared/x"))["Policies"], [])
    put("/shared/standard", "v")
    with refused("ResourcePolicyInvalidParameterException", "advanced parameter tier"):
        ssm.put_resource_policy(
            ResourceArn=arn("/shared/standard"), Policy=policy.replace("/x", "/standard")
        )


@case("operations of Systems Manager that are not here say so")
def others():
    with refused("NotImplemented"):
        ssm.describe_instance_information()


run()
