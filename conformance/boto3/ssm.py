"""Parameter Store: types, tiers, versions, labels, hierarchies, encryption, policies, sharing, settings."""

from cases import ACCOUNT, REGION, case, client, equal, refused, run

ssm = client("ssm")


def put(name, value, type="String", **more):
    return ssm.put_parameter(Name=name, Value=value, Type=type, **more)["Version"]


def get(name, **more):
    return ssm.get_parameter(Name=name, **more)["Parameter"]


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
    equal(found["ARN"], f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/basics/url")
    equal(found["DataType"], "text")
    equal(get("/basics/url:1")["Value"], "https://example.com")
    sealed = get("/basics/deep/secret")["Value"]
    assert "hidden" not in sealed and len(sealed) > 100, sealed
    equal(get("/basics/deep/secret", WithDecryption=True)["Value"], "hidden")
    answer = ssm.get_parameters(Names=["/basics/url", "/basics/list", "/nowhere"])
    equal([each["Name"] for each in answer["Parameters"]], ["/basics/list", "/basics/url"])
    equal(answer["InvalidParameters"], ["/nowhere"])
    below = ssm.get_parameters_by_path(Path="/basics")["Parameters"]
    equal([each["Name"] for each in below], ["/basics/list", "/basics/url"])
    pages = ssm.get_paginator("get_parameters_by_path").paginate(
        Path="/basics/", Recursive=True, WithDecryption=True, PaginationConfig={"PageSize": 2}
    )
    equal([[each["Value"] for each in page["Parameters"]] for page in pages], [["hidden", "a,b,c"], ["second"]])
    answer = ssm.delete_parameters(Names=["/basics/url", "/basics/list", "/nowhere"])
    equal(answer["DeletedParameters"], ["/basics/url", "/basics/list"])
    equal(answer["InvalidParameters"], ["/nowhere"])
    ssm.delete_parameter(Name="/basics/deep/secret")
    with refused("ParameterNotFound"):
        get("/basics/url")


run()
