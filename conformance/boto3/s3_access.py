"""Who may do what: IAM, bucket policies, ACLs, public access; and what objects are encrypted with."""

import base64
import json
import os
import urllib.error
import urllib.request

from botocore import UNSIGNED
from cases import ACCOUNT, REGION, case, client, equal, refused, run

s3 = client("s3")
iam = client("iam")
kms = client("kms")
nobody = client("s3", signature_version=UNSIGNED)
B = "conformance-access"
s3.create_bucket(Bucket=B)
s3.put_object(Bucket=B, Key="k", Body=b"secret")


def user(name, statement=None):
    iam.create_user(UserName=name)
    if statement:
        document = {"Version": "2012-10-17", "Statement": statement}
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps(document))
    return client("s3", credentials=iam.create_access_key(UserName=name)["AccessKey"])


def policy(*statements):
    s3.put_bucket_policy(Bucket=B, Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))


@case("a user does what IAM allows; without ListBucket a missing key looks like a forbidden one")
def by_iam():
    allowed = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{B}/*"}
    reader = user("s3-reader", allowed)
    equal(reader.get_object(Bucket=B, Key="k")["Body"].read(), b"secret")
    with refused("AccessDenied", "s3:PutObject", 403):
        reader.put_object(Bucket=B, Key="k", Body=b"x")
    with refused("AccessDenied", status=403):
        reader.get_object(Bucket=B, Key="none")
    with refused("AccessDenied", "s3:ListBucket", 403):
        reader.list_objects_v2(Bucket=B)
    answer = reader.delete_objects(Bucket=B, Delete={"Objects": [{"Key": "k"}]})
    equal([each["Code"] for each in answer["Errors"]], ["AccessDenied"])


@case("conditions of listings, tags and encryption bind")
def conditions():
    home = user(
        "s3-home",
        [
            {
                "Effect": "Allow",
                "Action": "s3:ListBucket",
                "Resource": f"arn:aws:s3:::{B}",
                "Condition": {"StringLike": {"s3:prefix": "home/*"}},
            },
            {
                "Effect": "Allow",
                "Action": "s3:GetObject",
                "Resource": f"arn:aws:s3:::{B}/*",
                "Condition": {"StringEquals": {"s3:ExistingObjectTag/open": "yes"}},
            },
        ],
    )
    home.list_objects_v2(Bucket=B, Prefix="home/a")
    with refused("AccessDenied"):
        home.list_objects_v2(Bucket=B)
    s3.put_object(Bucket=B, Key="tagged", Body=b"x", Tagging="open=yes")
    equal(home.get_object(Bucket=B, Key="tagged")["Body"].read(), b"x")
    s3.put_object_tagging(Bucket=B, Key="tagged", Tagging={"TagSet": [{"Key": "open", "Value": "no"}]})
    with refused("AccessDenied"):
        home.get_object(Bucket=B, Key="tagged")


@case("a public policy needs public access not to be blocked, and then lets anyone in")
def public():
    everyone = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{B}/*",
    }
    with refused("AccessDenied", status=403):
        nobody.get_object(Bucket=B, Key="k")
    with refused("AccessDenied", "BlockPublicPolicy", 403):
        policy(everyone)
    s3.delete_public_access_block(Bucket=B)
    with refused("NoSuchPublicAccessBlockConfiguration", status=404):
        s3.get_public_access_block(Bucket=B)
    policy(everyone)
    assert s3.get_bucket_policy_status(Bucket=B)["PolicyStatus"]["IsPublic"]
    equal(nobody.get_object(Bucket=B, Key="k")["Body"].read(), b"secret")
    with refused("AccessDenied", status=403):
        nobody.put_object(Bucket=B, Key="k", Body=b"x")
    block = {"RestrictPublicBuckets": True}
    s3.put_public_access_block(Bucket=B, PublicAccessBlockConfiguration=block)
    with refused("AccessDenied"):
        nobody.get_object(Bucket=B, Key="k")
    equal(s3.get_object(Bucket=B, Key="k")["Body"].read(), b"secret")
    s3.delete_bucket_policy(Bucket=B)
    with refused("NoSuchBucketPolicy", "The bucket policy does not exist", 404):
        s3.get_bucket_policy(Bucket=B)


@case("a deny in a bucket's policy binds the account's own users; a bad policy is refused")
def denied():
    everything = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    full = user("s3-full", everything)
    policy(
        {
            "Effect": "Deny",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/s3-full"},
            "Action": "s3:DeleteObject",
            "Resource": f"arn:aws:s3:::{B}/*",
        }
    )
    full.put_object(Bucket=B, Key="mine", Body=b"x")
    with refused("AccessDenied", "explicit deny", 403):
        full.delete_object(Bucket=B, Key="mine")
    with refused("MalformedPolicy", status=400):
        s3.put_bucket_policy(Bucket=B, Policy="{}")
    elsewhere = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::other/*"}
    with refused("MalformedPolicy", "Policy has invalid resource", 400):
        policy(elsewhere)


@case("ACLs are off until ownership says otherwise, and then let in whom they grant")
def acls():
    with refused("AccessControlListNotSupported", "The bucket does not allow ACLs", 400):
        s3.put_object_acl(Bucket=B, Key="k", ACL="public-read")
    s3.put_bucket_ownership_controls(
        Bucket=B, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
    )
    s3.put_public_access_block(Bucket=B, PublicAccessBlockConfiguration={"BlockPublicAcls": True})
    with refused("AccessDenied"):
        s3.put_object_acl(Bucket=B, Key="k", ACL="public-read")
    s3.delete_public_access_block(Bucket=B)
    s3.put_object(Bucket=B, Key="open", Body=b"open", ACL="public-read")
    equal(nobody.get_object(Bucket=B, Key="open")["Body"].read(), b"open")
    grants = s3.get_object_acl(Bucket=B, Key="open")["Grants"]
    equal([each["Permission"] for each in grants], ["FULL_CONTROL", "READ"])
    s3.put_public_access_block(Bucket=B, PublicAccessBlockConfiguration={"IgnorePublicAcls": True})
    with refused("AccessDenied"):
        nobody.get_object(Bucket=B, Key="open")


@case("SSE-KMS asks KMS as the caller, under the object's name, and a bucket key under the bucket's")
def sse_kms():
    key = kms.create_key()["KeyMetadata"]
    put = s3.put_object(
        Bucket=B, Key="kms", Body=b"sealed", ServerSideEncryption="aws:kms", SSEKMSKeyId=key["KeyId"]
    )
    equal((put["ServerSideEncryption"], put["SSEKMSKeyId"]), ("aws:kms", key["Arn"]))
    equal(s3.get_object(Bucket=B, Key="kms")["Body"].read(), b"sealed")
    reader = user("s3-no-kms", {"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    with refused("AccessDenied", "kms:Decrypt", 403):
        reader.get_object(Bucket=B, Key="kms")
    kms.disable_key(KeyId=key["KeyId"])
    with refused("KMS.DisabledException", status=400):
        s3.get_object(Bucket=B, Key="kms")
    kms.enable_key(KeyId=key["KeyId"])
    managed = s3.put_object(Bucket=B, Key="managed", Body=b"m", ServerSideEncryption="aws:kms")
    assert managed["SSEKMSKeyId"].startswith(f"arn:aws:kms:{REGION}:{ACCOUNT}:key/")
    equal(s3.get_object(Bucket=B, Key="managed")["Body"].read(), b"m")
    rule = {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key["Arn"]},
        "BucketKeyEnabled": True,
    }
    s3.put_bucket_encryption(Bucket=B, ServerSideEncryptionConfiguration={"Rules": [rule]})
    got = s3.get_bucket_encryption(Bucket=B)["ServerSideEncryptionConfiguration"]["Rules"]
    equal(got, [rule])
    put = s3.put_object(Bucket=B, Key="bucket-key", Body=b"b")
    equal((put["SSEKMSKeyId"], put["BucketKeyEnabled"]), (key["Arn"], True))
    equal(s3.get_object(Bucket=B, Key="bucket-key")["Body"].read(), b"b")
    s3.delete_bucket_encryption(Bucket=B)
    equal(s3.put_object(Bucket=B, Key="plain", Body=b"")["ServerSideEncryption"], "AES256")


@case("SSE-C takes the customer's key, checks it, and keeps nothing of it")
def sse_c():
    key = os.urandom(32)
    with_key = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": key}
    s3.put_object(Bucket=B, Key="own", Body=b"mine alone", **with_key)
    equal(s3.get_object(Bucket=B, Key="own", **with_key)["Body"].read(), b"mine alone")
    with refused("InvalidRequest", "correct parameters", 400):
        s3.get_object(Bucket=B, Key="own")
    with refused("400", status=400):
        s3.head_object(Bucket=B, Key="own")
    with refused("AccessDenied", status=403):
        s3.get_object(Bucket=B, Key="own", SSECustomerAlgorithm="AES256", SSECustomerKey=os.urandom(32))
    md5 = base64.b64encode(b"0" * 16).decode()
    with refused("InvalidArgument", "MD5", 400):
        text = base64.b64encode(key).decode()
        wrong = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": text, "SSECustomerKeyMD5": md5}
        s3.put_object(Bucket=B, Key="own", Body=b"x", **wrong)
    with refused("InvalidRequest", "not applicable", 400):
        s3.get_object(Bucket=B, Key="k", **with_key)
    upload = s3.create_multipart_upload(Bucket=B, Key="own-parts", **with_key)
    named = {"Bucket": B, "Key": "own-parts", "UploadId": upload["UploadId"]}
    part = s3.upload_part(PartNumber=1, Body=b"part", **named, **with_key)
    with refused("InvalidRequest", status=400):
        s3.upload_part(PartNumber=2, Body=b"part", **named)
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    s3.complete_multipart_upload(MultipartUpload=parts, **named, **with_key)
    equal(s3.get_object(Bucket=B, Key="own-parts", **with_key)["Body"].read(), b"part")


@case("errors say what S3 says: unknown keys, unsigned calls, wrong Regions")
def errors():
    stranger = {"AccessKeyId": "AKIANOBODYNOBODY0000", "SecretAccessKey": "x"}
    with refused("InvalidAccessKeyId", "does not exist in our records", 403):
        client("s3", credentials=stranger).list_buckets()
    with refused("SignatureDoesNotMatch", status=403):
        wrong = {"AccessKeyId": os.environ["AWS_ACCESS_KEY_ID"], "SecretAccessKey": "wrong"}
        client("s3", credentials=wrong).list_buckets()
    url = f"{os.environ['AWS_ENDPOINT_URL']}/{B}/k?versionId=x"
    try:
        urllib.request.urlopen(url)
    except urllib.error.HTTPError as error:
        text = error.read().decode()
        assert error.headers["x-amz-request-id"] and "<HostId>" in text and "<RequestId>" in text, text
    # boto3 follows the redirect to the bucket's own Region by itself.
    west = client("s3", region="eu-west-1")
    equal(west.get_object(Bucket=B, Key="k")["Body"].read(), b"secret")


run()
