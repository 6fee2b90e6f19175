"""Buckets and objects: what goes in comes out, whole, in ranges, under conditions, listed and copied."""

import base64
import hashlib
import io
import os
import urllib.error
import urllib.request
import zlib

import botocore.session
from boto3.s3.transfer import TransferConfig
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from cases import case, client, equal, refused, run

s3 = client("s3")
MIB = 1024 * 1024


def bucket(name):
    s3.create_bucket(Bucket=name)
    return name


B = bucket("conformance-objects")


@case("buckets are made, found, listed and removed; their names are checked and taken once")
def buckets():
    name = bucket("conformance-bucket")
    s3.create_bucket(Bucket=name)
    equal(s3.head_bucket(Bucket=name)["BucketRegion"], "us-east-1")
    equal(s3.get_bucket_location(Bucket=name)["LocationConstraint"], None)
    assert name in [each["Name"] for each in s3.list_buckets()["Buckets"]]
    with refused("InvalidBucketName", status=400):
        s3.create_bucket(Bucket="UPPER-case")
    west = client("s3", region="eu-west-1")
    with refused("IllegalLocationConstraintException", status=400):
        west.create_bucket(Bucket="conformance-west")
    place = {"LocationConstraint": "eu-west-1"}
    west.create_bucket(Bucket="conformance-west", CreateBucketConfiguration=place)
    equal(west.get_bucket_location(Bucket="conformance-west")["LocationConstraint"], "eu-west-1")
    with refused("BucketAlreadyOwnedByYou", status=409):
        west.create_bucket(Bucket="conformance-west", CreateBucketConfiguration=place)
    s3.put_object(Bucket=name, Key="k")
    with refused("BucketNotEmpty", status=409):
        s3.delete_bucket(Bucket=name)
    s3.delete_object(Bucket=name, Key="k")
    s3.delete_bucket(Bucket=name)
    with refused("NoSuchBucket", status=404):
        s3.list_objects_v2(Bucket=name)
    with refused("404", status=404):
        s3.head_bucket(Bucket=name)


@case("an object has its bytes, headers, metadata, tags and checksum back")
def put_and_get():
    body = os.urandom(200_001)
    answer = s3.put_object(
        Bucket=B,
        Key="a folder/b+c%é ü.bin",
        Body=body,
        ContentType="text/x-test",
        CacheControl="no-cache",
        ContentDisposition="attachment",
        ContentLanguage="de",
        Metadata={"owner": "me", "Mixed": "case"},
        Tagging="a=1&b=two%20words",
        StorageClass="STANDARD_IA",
    )
    equal(answer["ETag"], f'"{hashlib.md5(body).hexdigest()}"')
    equal(answer["ServerSideEncryption"], "AES256")
    got = s3.get_object(Bucket=B, Key="a folder/b+c%é ü.bin", ChecksumMode="ENABLED")
    equal(got["Body"].read(), body)
    equal(got["ContentType"], "text/x-test")
    equal(got["CacheControl"], "no-cache")
    equal(got["Metadata"], {"owner": "me", "mixed": "case"})
    equal(got["StorageClass"], "STANDARD_IA")
    equal(got["TagCount"], 2)
    crc = base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()
    equal(got["ChecksumCRC32"], crc)
    head = s3.head_object(Bucket=B, Key="a folder/b+c%é ü.bin")
    equal(head["ContentLength"], len(body))
    equal(head["ContentDisposition"], "attachment")
    listed = s3.list_objects_v2(Bucket=B, Prefix="a folder/")["Contents"]
    equal([each["Key"] for each in listed], ["a folder/b+c%é ü.bin"])


@case("ranges are answered in part, and those beyond the end are refused")
def ranges():
    body = os.urandom(150_000)
    s3.put_object(Bucket=B, Key="range", Body=body)
    for text, part in {
        "bytes=0-0": body[:1],
        "bytes=65535-65536": body[65535:65537],
        "bytes=65536-": body[65536:],
        "bytes=-10": body[-10:],
        "bytes=149999-999999": body[149999:],
        "bytes=131072-131072": body[131072:131073],
    }.items():
        got = s3.get_object(Bucket=B, Key="range", Range=text)
        equal(got["Body"].read(), part)
        equal(got["ResponseMetadata"]["HTTPStatusCode"], 206)
    equal(s3.get_object(Bucket=B, Key="range", Range="bytes=5-9")["ContentRange"], "bytes 5-9/150000")
    with refused("InvalidRange", "not satisfiable", 416):
        s3.get_object(Bucket=B, Key="range", Range="bytes=150000-")


@case("conditions on reads and writes hold or are refused")
def conditions():
    etag = s3.put_object(Bucket=B, Key="if", Body=b"one", IfNoneMatch="*")["ETag"]
    with refused("PreconditionFailed", status=412):
        s3.put_object(Bucket=B, Key="if", Body=b"two", IfNoneMatch="*")
    with refused("PreconditionFailed", status=412):
        s3.put_object(Bucket=B, Key="if", Body=b"two", IfMatch='"0"')
    with refused("NoSuchKey", status=404):
        s3.put_object(Bucket=B, Key="if-not", Body=b"two", IfMatch=etag)
    equal(s3.get_object(Bucket=B, Key="if", IfMatch=etag)["Body"].read(), b"one")
    with refused("304", status=304):
        s3.get_object(Bucket=B, Key="if", IfNoneMatch=etag)
    with refused("PreconditionFailed", status=412):
        s3.get_object(Bucket=B, Key="if", IfMatch='"0"')
    modified = s3.head_object(Bucket=B, Key="if")["LastModified"]
    with refused("304", status=304):
        s3.get_object(Bucket=B, Key="if", IfModifiedSince=modified)
    s3.put_object(Bucket=B, Key="if", Body=b"two", IfMatch=etag)
    equal(s3.get_object(Bucket=B, Key="if")["Body"].read(), b"two")


@case("a payload that is not what its checksum says is refused, and nothing is stored")
def digests():
    with refused("BadDigest", status=400):
        s3.put_object(Bucket=B, Key="bad", Body=b"x", ContentMD5=base64.b64encode(b"0" * 16).decode())
    with refused("InvalidDigest", status=400):
        s3.put_object(Bucket=B, Key="bad", Body=b"x", ContentMD5="nonsense")
    for name, size in {"CRC32": 4, "SHA1": 20, "SHA256": 32}.items():
        value = base64.b64encode(b"0" * size).decode()
        with refused("BadDigest", name, 400):
            s3.put_object(Bucket=B, Key="bad", Body=b"x", **{f"Checksum{name}": value})
    with refused("404"):
        s3.head_object(Bucket=B, Key="bad")
    sha = base64.b64encode(hashlib.sha256(b"x").digest()).decode()
    answer = s3.put_object(Bucket=B, Key="good", Body=b"x", ChecksumSHA256=sha)
    equal(answer["ChecksumSHA256"], sha)
    equal(s3.head_object(Bucket=B, Key="good", ChecksumMode="ENABLED")["ChecksumSHA256"], sha)


@case("a key that is not there is told from a bucket that is not there")
def missing():
    with refused("NoSuchKey", "The specified key does not exist.", 404):
        s3.get_object(Bucket=B, Key="none")
    with refused("NoSuchBucket", "The specified bucket does not exist", 404):
        s3.get_object(Bucket="conformance-no-bucket", Key="none")
    equal(s3.delete_object(Bucket=B, Key="none")["ResponseMetadata"]["HTTPStatusCode"], 204)


@case("listings go by prefix, delimiter, pages, markers and tokens")
def listings():
    name = bucket("conformance-listing")
    keys = [f"{folder}/{number:03}" for folder in "abc" for number in range(7)] + ["d", "e é"]
    for key in keys:
        s3.put_object(Bucket=name, Key=key, Body=key.encode())
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=name, PaginationConfig={"PageSize": 5})
    equal([each["Key"] for page in pages for each in page.get("Contents", [])], sorted(keys))
    pages = s3.get_paginator("list_objects").paginate(Bucket=name, PaginationConfig={"PageSize": 4})
    equal([each["Key"] for page in pages for each in page.get("Contents", [])], sorted(keys))
    page = s3.list_objects_v2(Bucket=name, Delimiter="/")
    equal([each["Prefix"] for each in page["CommonPrefixes"]], ["a/", "b/", "c/"])
    equal([each["Key"] for each in page["Contents"]], ["d", "e é"])
    equal(page["KeyCount"], 5)
    prefixes = []
    for page in s3.get_paginator("list_objects_v2").paginate(
        Bucket=name, Delimiter="/", PaginationConfig={"PageSize": 2}
    ):
        prefixes += [each["Prefix"] for each in page.get("CommonPrefixes", [])]
    equal(prefixes, ["a/", "b/", "c/"])
    page = s3.list_objects_v2(Bucket=name, Prefix="b/", StartAfter="b/004")
    equal([each["Key"] for each in page["Contents"]], ["b/005", "b/006"])
    equal(s3.list_objects_v2(Bucket=name, MaxKeys=0)["KeyCount"], 0)
    with refused("InvalidArgument", "continuation token", 400):
        s3.list_objects_v2(Bucket=name, ContinuationToken="made-up")
    deleted = s3.delete_objects(
        Bucket=name, Delete={"Objects": [{"Key": key} for key in keys] + [{"Key": "never-was"}]}
    )
    equal(len(deleted["Deleted"]), len(keys) + 1)
    equal(s3.list_objects_v2(Bucket=name)["KeyCount"], 0)


@case("copies take over or replace what describes their source")
def copies():
    s3.put_object(Bucket=B, Key="from é", Body=b"copied", Metadata={"a": "1"}, Tagging="t=1", ContentType="x/y")
    source = {"Bucket": B, "Key": "from é"}
    etag = s3.copy_object(Bucket=B, Key="to", CopySource=source)["CopyObjectResult"]["ETag"]
    got = s3.get_object(Bucket=B, Key="to")
    equal((got["Body"].read(), got["Metadata"], got["ContentType"]), (b"copied", {"a": "1"}, "x/y"))
    equal(s3.get_object_tagging(Bucket=B, Key="to")["TagSet"], [{"Key": "t", "Value": "1"}])
    s3.copy_object(Bucket=B, Key="to", CopySource=source, MetadataDirective="REPLACE", Metadata={"b": "2"})
    equal(s3.head_object(Bucket=B, Key="to")["Metadata"], {"b": "2"})
    with refused("InvalidRequest", "copy an object to itself", 400):
        s3.copy_object(Bucket=B, Key="from é", CopySource=source)
    with refused("PreconditionFailed", status=412):
        s3.copy_object(Bucket=B, Key="to", CopySource=source, CopySourceIfNoneMatch=etag)
    with refused("NoSuchKey", status=404):
        s3.copy_object(Bucket=B, Key="to", CopySource=f"{B}/none")


@case("an object in parts is the parts in order, with an ETag and a checksum of its own")
def multipart():
    parts = [os.urandom(5 * MIB), os.urandom(5 * MIB + 17), os.urandom(1000)]
    for checksum in [{}, {"ChecksumAlgorithm": "SHA256"}, {"ChecksumAlgorithm": "CRC32", "ChecksumType": "FULL_OBJECT"}]:
        upload = s3.create_multipart_upload(Bucket=B, Key="parts", Metadata={"m": "1"}, **checksum)
        named = {"Bucket": B, "Key": "parts", "UploadId": upload["UploadId"]}
        algorithm = {k: v for k, v in checksum.items() if k == "ChecksumAlgorithm"}
        done = []
        for number, body in enumerate(parts, 1):
            answer = s3.upload_part(PartNumber=number, Body=body, **algorithm, **named)
            sums = {k: v for k, v in answer.items() if k.startswith("Checksum") and checksum}
            done.append({"PartNumber": number, "ETag": answer["ETag"], **sums})
        equal([p["PartNumber"] for p in s3.list_parts(**named)["Parts"]], [1, 2, 3])
        with refused("InvalidPartOrder", status=400):
            s3.complete_multipart_upload(MultipartUpload={"Parts": done[::-1]}, **named)
        bad = [{**done[0], "ETag": '"00000000000000000000000000000000"'}, *done[1:]]
        with refused("InvalidPart", status=400):
            s3.complete_multipart_upload(MultipartUpload={"Parts": bad}, **named)
        with refused("EntityTooSmall", status=400):
            small = s3.upload_part(PartNumber=4, Body=b"x", **algorithm, **named)
            sums = {k: v for k, v in small.items() if k.startswith("Checksum") and checksum}
            listed = [*done, {"PartNumber": 4, "ETag": small["ETag"], **sums}]
            s3.complete_multipart_upload(MultipartUpload={"Parts": listed}, **named)
        answer = s3.complete_multipart_upload(MultipartUpload={"Parts": done}, **named)
        md5s = b"".join(hashlib.md5(part).digest() for part in parts)
        equal(answer["ETag"], f'"{hashlib.md5(md5s).hexdigest()}-3"')
        whole = b"".join(parts)
        got = s3.get_object(Bucket=B, Key="parts", ChecksumMode="ENABLED")
        equal(got["Body"].read(), whole)
        equal(got["Metadata"], {"m": "1"})
        if checksum.get("ChecksumAlgorithm") == "SHA256":
            sums = b"".join(hashlib.sha256(part).digest() for part in parts)
            equal(got["ChecksumSHA256"], base64.b64encode(hashlib.sha256(sums).digest()).decode() + "-3")
        elif checksum:
            crc = base64.b64encode(zlib.crc32(whole).to_bytes(4, "big")).decode()
            equal((got["ChecksumCRC32"], got["ChecksumType"]), (crc, "FULL_OBJECT"))
        second = s3.get_object(Bucket=B, Key="parts", PartNumber=2)
        equal((second["Body"].read(), second["PartsCount"]), (parts[1], 3))
        across = s3.get_object(Bucket=B, Key="parts", Range=f"bytes={5 * MIB - 2}-{5 * MIB + 1}")
        equal(across["Body"].read(), whole[5 * MIB - 2 : 5 * MIB + 2])
        with refused("NoSuchUpload", status=404):
            s3.list_parts(**named)


@case("uploads under way are listed, aborted, and copied into")
def uploads():
    name = bucket("conformance-uploads")
    ids = [s3.create_multipart_upload(Bucket=name, Key=key)["UploadId"] for key in ("a", "a", "b/c")]
    listed = s3.list_multipart_uploads(Bucket=name)["Uploads"]
    equal([(each["Key"], each["UploadId"]) for each in listed], list(zip(("a", "a", "b/c"), ids)))
    page = s3.list_multipart_uploads(Bucket=name, MaxUploads=1)
    rest = s3.list_multipart_uploads(
        Bucket=name, KeyMarker=page["NextKeyMarker"], UploadIdMarker=page["NextUploadIdMarker"]
    )
    equal([each["UploadId"] for each in rest["Uploads"]], ids[1:])
    equal(s3.list_multipart_uploads(Bucket=name, Delimiter="/")["CommonPrefixes"], [{"Prefix": "b/"}])
    s3.put_object(Bucket=B, Key="source", Body=bytes(range(256)) * 100)
    part = s3.upload_part_copy(
        Bucket=name, Key="a", UploadId=ids[0], PartNumber=1,
        CopySource=f"{B}/source", CopySourceRange="bytes=256-511",
    )["CopyPartResult"]
    s3.complete_multipart_upload(
        Bucket=name, Key="a", UploadId=ids[0],
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]},
    )
    equal(s3.get_object(Bucket=name, Key="a")["Body"].read(), bytes(range(256)))
    for key, upload in (("a", ids[1]), ("b/c", ids[2])):
        s3.abort_multipart_upload(Bucket=name, Key=key, UploadId=upload)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=name)
    with refused("NoSuchUpload", status=404):
        s3.abort_multipart_upload(Bucket=name, Key="a", UploadId=ids[1])


@case("the transfer manager moves 100 MB up and down in parts")
def transfer():
    body = os.urandom(MIB) * 100
    config = TransferConfig(multipart_chunksize=8 * MIB, max_concurrency=4)
    s3.upload_fileobj(io.BytesIO(body), B, "large", Config=config)
    got = io.BytesIO()
    s3.download_fileobj(B, "large", got, Config=config)
    equal(hashlib.sha256(got.getvalue()).hexdigest(), hashlib.sha256(body).hexdigest())
    attributes = s3.get_object_attributes(
        Bucket=B, Key="large", ObjectAttributes=["ObjectParts", "ObjectSize", "ETag", "Checksum"]
    )
    equal(attributes["ObjectSize"], len(body))
    equal(attributes["ObjectParts"]["TotalPartsCount"], 13)


def fetch(url, **request):
    """Status and body of a request that no SDK makes."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, **request)) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


@case("links are good for what they were signed for, in either version of the signature")
def links():
    for version in ("s3v4", "s3"):
        signer = client("s3", signature_version=version)
        get = signer.generate_presigned_url("get_object", Params={"Bucket": B, "Key": "if"})
        equal(fetch(get), (200, b"two"))
        saved = {"Bucket": B, "Key": "if", "ResponseContentType": "a/b"}
        equal(fetch(signer.generate_presigned_url("get_object", Params=saved)), (200, b"two"))
        put = signer.generate_presigned_url(
            "put_object", Params={"Bucket": B, "Key": "by-link"}, ExpiresIn=60
        )
        equal(fetch(put, data=version.encode(), method="PUT", headers={"Content-Type": ""})[0], 200)
        equal(s3.get_object(Bucket=B, Key="by-link")["Body"].read(), version.encode())
        status, text = fetch(get.replace("/if?", "/good?"))
        assert status == 403 and b"<Code>SignatureDoesNotMatch</Code>" in text, text


def multipart_form(fields, file):
    """The body and the content type of a browser's form."""
    parts = []
    for name, value in [*fields.items(), ("file", None)]:
        head = f'--form\r\nContent-Disposition: form-data; name="{name}"'
        if name == "file":
            parts.append(head.encode() + b'; filename="f.txt"\r\n\r\n' + file + b"\r\n")
        else:
            parts.append(f"{head}\r\n\r\n{value}\r\n".encode())
    return b"".join(parts) + b"--form--\r\n", "multipart/form-data; boundary=form"


@case("a browser's form brings an object within what its policy allows")
def forms():
    for version in ("s3v4", "s3"):
        signer = client("s3", signature_version=version)
        given = signer.generate_presigned_post(
            B,
            "forms/${filename}",
            Fields={"success_action_status": "201"},
            Conditions=[{"success_action_status": "201"}, ["content-length-range", 1, 10]],
            ExpiresIn=60,
        )
        body, kind = multipart_form(given["fields"], b"by form")
        status, text = fetch(given["url"], data=body, method="POST", headers={"Content-Type": kind})
        assert status == 201 and b"<Key>forms/f.txt</Key>" in text, text
        equal(s3.get_object(Bucket=B, Key="forms/f.txt")["Body"].read(), b"by form")
        s3.delete_object(Bucket=B, Key="forms/f.txt")
        for fields, file, code in (
            (given["fields"], b"much too long", b"EntityTooLarge"),
            ({**given["fields"], "acl": "public-read"}, b"x", b"AccessDenied"),
            ({**given["fields"], "key": "elsewhere"}, b"x", b"AccessDenied"),
            ({**given["fields"], "policy": "e30="}, b"x", b"SignatureDoesNotMatch"),
        ):
            body, kind = multipart_form(fields, file)
            status, text = fetch(given["url"], data=body, method="POST", headers={"Content-Type": kind})
            assert b"<Code>" + code + b"</Code>" in text, text


@case("a bucket can be named in the host")
def hosted():
    port = os.environ["AWS_ENDPOINT_URL"].rsplit(":", 1)[1]
    s3.put_object(Bucket=B, Key="hosted/k", Body=b"by host")
    for host in (f"{B}.s3.us-east-1.amazonaws.com", f"{B}.localhost:{port}", f"{B}.s3.localhost"):
        request = AWSRequest("GET", f"http://{host}/hosted/k")
        credentials = botocore.session.get_session().get_credentials()
        S3SigV4Auth(credentials, "s3", "us-east-1").add_auth(request)
        url = f"http://127.0.0.1:{port}/hosted/k"
        equal(fetch(url, headers={**dict(request.headers), "Host": host}), (200, b"by host"))


run()
