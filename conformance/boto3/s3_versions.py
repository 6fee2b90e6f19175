"""Versions, delete markers, Object Lock."""

import datetime

from cases import case, client, equal, refused, run

s3 = client("s3")
B = "conformance-versions"
s3.create_bucket(Bucket=B)


def versioning(status):
    s3.put_bucket_versioning(Bucket=B, VersioningConfiguration={"Status": status})


def listed(prefix):
    page = s3.list_object_versions(Bucket=B, Prefix=prefix)
    rows = [(each["VersionId"], each["IsLatest"], "v") for each in page.get("Versions", [])]
    markers = [(each["VersionId"], each["IsLatest"], "m") for each in page.get("DeleteMarkers", [])]
    return rows, markers


@case("versions are kept, hidden by a marker, brought back, and deleted one by one")
def versions():
    equal(s3.get_bucket_versioning(Bucket=B).get("Status"), None)
    null = s3.put_object(Bucket=B, Key="k", Body=b"0")
    assert "VersionId" not in null
    versioning("Enabled")
    one = s3.put_object(Bucket=B, Key="k", Body=b"1")["VersionId"]
    two = s3.put_object(Bucket=B, Key="k", Body=b"2")["VersionId"]
    equal(listed("k"), ([(two, True, "v"), (one, False, "v"), ("null", False, "v")], []))
    equal(s3.get_object(Bucket=B, Key="k", VersionId="null")["Body"].read(), b"0")
    equal(s3.get_object(Bucket=B, Key="k", VersionId=one)["Body"].read(), b"1")
    gone = s3.delete_object(Bucket=B, Key="k")
    assert gone["DeleteMarker"]
    marker = gone["VersionId"]
    with refused("NoSuchKey", status=404):
        s3.get_object(Bucket=B, Key="k")
    with refused("MethodNotAllowed", status=405):
        s3.get_object(Bucket=B, Key="k", VersionId=marker)
    equal(s3.list_objects_v2(Bucket=B)["KeyCount"], 0)
    equal(listed("k")[1], [(marker, True, "m")])
    back = s3.delete_object(Bucket=B, Key="k", VersionId=marker)
    equal((back["DeleteMarker"], back["VersionId"]), (True, marker))
    equal(s3.get_object(Bucket=B, Key="k")["VersionId"], two)
    s3.delete_object(Bucket=B, Key="k", VersionId=two)
    equal(s3.get_object(Bucket=B, Key="k")["Body"].read(), b"1")
    equal(listed("k")[0], [(one, True, "v"), ("null", False, "v")])
    with refused("NoSuchVersion", status=404):
        s3.get_object(Bucket=B, Key="k", VersionId=two)
    with refused("InvalidArgument", "Invalid version id specified", 400):
        s3.get_object(Bucket=B, Key="k", VersionId="made-up")


@case("while versioning is suspended there is one null version")
def suspended():
    versioning("Enabled")
    kept = s3.put_object(Bucket=B, Key="s", Body=b"kept")["VersionId"]
    versioning("Suspended")
    equal(s3.put_object(Bucket=B, Key="s", Body=b"a")["VersionId"], "null")
    equal(s3.put_object(Bucket=B, Key="s", Body=b"b")["VersionId"], "null")
    equal(listed("s"), ([("null", True, "v"), (kept, False, "v")], []))
    equal(s3.delete_object(Bucket=B, Key="s")["VersionId"], "null")
    equal(listed("s"), ([(kept, False, "v")], [("null", True, "m")]))
    s3.put_object(Bucket=B, Key="s", Body=b"c")
    equal(listed("s"), ([("null", True, "v"), (kept, False, "v")], []))


@case("listings of versions come in pages, by key and by version")
def pages():
    versioning("Enabled")
    made = {}
    for key in ("p/1", "p/2", "p/3"):
        made[key] = [s3.put_object(Bucket=B, Key=key, Body=b"x")["VersionId"] for _ in range(3)][::-1]
    expected = [(key, version) for key in made for version in made[key]]
    for size in (1, 2, 4):
        got = []
        for page in s3.get_paginator("list_object_versions").paginate(
            Bucket=B, Prefix="p/", PaginationConfig={"PageSize": size}
        ):
            got += [(each["Key"], each["VersionId"]) for each in page.get("Versions", [])]
        equal(got, expected)
    page = s3.list_object_versions(Bucket=B, Delimiter="/")
    equal([each["Prefix"] for each in page["CommonPrefixes"]], ["p/"])
    doomed = [{"Key": key, "VersionId": version} for key, version in expected]
    equal(len(s3.delete_objects(Bucket=B, Delete={"Objects": doomed})["Deleted"]), 9)
    equal(listed("p/"), ([], []))


@case("a copy of an old version brings it back")
def copy_back():
    versioning("Enabled")
    old = s3.put_object(Bucket=B, Key="c", Body=b"old")["VersionId"]
    s3.put_object(Bucket=B, Key="c", Body=b"new")
    answer = s3.copy_object(Bucket=B, Key="c", CopySource={"Bucket": B, "Key": "c", "VersionId": old})
    equal(answer["CopySourceVersionId"], old)
    equal(s3.get_object(Bucket=B, Key="c")["Body"].read(), b"old")


@case("Object Lock keeps versions until their time, and governance can be bypassed")
def lock():
    name = "conformance-locked"
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    equal(s3.get_bucket_versioning(Bucket=name)["Status"], "Enabled")
    until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=2)
    put = s3.put_object(
        Bucket=name, Key="g", Body=b"x", ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=until
    )
    with refused("AccessDenied", "object lock", 403):
        s3.delete_object(Bucket=name, Key="g", VersionId=put["VersionId"])
    equal(s3.get_object_retention(Bucket=name, Key="g")["Retention"]["Mode"], "GOVERNANCE")
    s3.delete_object(Bucket=name, Key="g", VersionId=put["VersionId"], BypassGovernanceRetention=True)
    held = s3.put_object(Bucket=name, Key="h", Body=b"x")["VersionId"]
    s3.put_object_legal_hold(Bucket=name, Key="h", LegalHold={"Status": "ON"})
    with refused("AccessDenied", status=403):
        s3.delete_object(Bucket=name, Key="h", VersionId=held)
    s3.put_object_legal_hold(Bucket=name, Key="h", LegalHold={"Status": "OFF"})
    s3.delete_object(Bucket=name, Key="h", VersionId=held)
    rule = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}}
    s3.put_object_lock_configuration(
        Bucket=name, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}
    )
    equal(s3.get_object_lock_configuration(Bucket=name)["ObjectLockConfiguration"]["Rule"], rule)
    s3.put_object(Bucket=name, Key="d", Body=b"x")
    equal(s3.head_object(Bucket=name, Key="d")["ObjectLockMode"], "COMPLIANCE")
    with refused("InvalidBucketState", status=409):
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Suspended"})


run()
