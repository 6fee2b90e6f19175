"""Trails of CloudTrail and where they deliver."""

import json

from cases import ACCOUNT, REGION, case, client, equal, refused, run

cloudtrail = client("cloudtrail")
s3 = client("s3")
BUCKET = "boto3-trail-bucket"
ARN = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/boto3-trail"

s3.create_bucket(Bucket=BUCKET)


def allow(action, resource, condition):
    return {
        "Effect": "Allow",
        "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": action,
        "Resource": resource,
        "Condition": {"StringEquals": {"aws:SourceArn": ARN, **condition}},
    }


@case("a trail is only taken when its bucket lets CloudTrail write")
def create():
    arguments = {"Name": "boto3-trail", "S3BucketName": BUCKET}
    with refused("InsufficientS3BucketPolicyException", "Incorrect S3 bucket policy is detected", 400):
        cloudtrail.create_trail(**arguments)
    with refused("S3BucketDoesNotExistException", "does not exist", 400):
        cloudtrail.create_trail(Name="boto3-trail", S3BucketName="boto3-no-such-bucket")
    written = f"arn:aws:s3:::{BUCKET}/AWSLogs/{ACCOUNT}/*"
    acl = {"s3:x-amz-acl": "bucket-owner-full-control"}
    statements = [
        allow("s3:GetBucketAcl", f"arn:aws:s3:::{BUCKET}", {}),
        allow("s3:PutObject", written, acl),
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy)
    answer = cloudtrail.create_trail(**arguments, TagsList=[{"Key": "team", "Value": "red"}])
    equal(answer["TrailARN"], ARN)
    with refused("TrailAlreadyExistsException", "already exists for customer", 400):
        cloudtrail.create_trail(**arguments)
    equal(cloudtrail.list_tags(ResourceIdList=[ARN])["ResourceTagList"][0]["TagsList"][0]["Value"], "red")


@case("logging is started, told of and stopped")
def logging():
    equal(cloudtrail.get_trail_status(Name="boto3-trail")["IsLogging"], False)
    cloudtrail.start_logging(Name=ARN)
    status = cloudtrail.get_trail_status(Name="boto3-trail")
    equal(status["IsLogging"], True)
    assert status["StartLoggingTime"].tzinfo is not None
    cloudtrail.stop_logging(Name="boto3-trail")
    equal(cloudtrail.get_trail_status(Name=ARN)["IsLogging"], False)


@case("selectors are basic or advanced, and kept as they were put")
def selectors():
    standard = cloudtrail.get_event_selectors(TrailName="boto3-trail")["EventSelectors"]
    equal(standard[0]["ReadWriteType"], "All")
    advanced = {
        "Name": "writes",
        "FieldSelectors": [
            {"Field": "eventCategory", "Equals": ["Management"]},
            {"Field": "readOnly", "Equals": ["false"]},
        ],
    }
    cloudtrail.put_event_selectors(TrailName="boto3-trail", AdvancedEventSelectors=[advanced])
    answer = cloudtrail.get_event_selectors(TrailName="boto3-trail")
    equal(answer["AdvancedEventSelectors"], [advanced])
    with refused("InsightNotEnabledException", "does not have Insights enabled", 400):
        cloudtrail.get_insight_selectors(TrailName="boto3-trail")


@case("a multi-Region trail is seen everywhere and changed at home only")
def regions():
    abroad = client("cloudtrail", region="eu-west-1")
    equal([each["Name"] for each in abroad.describe_trails()["trailList"]], [])
    cloudtrail.update_trail(Name="boto3-trail", IsMultiRegionTrail=True)
    [trail] = abroad.describe_trails()["trailList"]
    equal([trail["Name"], trail["HomeRegion"]], ["boto3-trail", REGION])
    with refused("InvalidHomeRegionException", None, 400):
        abroad.stop_logging(Name="boto3-trail")
    equal(cloudtrail.list_trails()["Trails"][0]["TrailARN"], ARN)
    cloudtrail.delete_trail(Name="boto3-trail")
    with refused("TrailNotFoundException", f"Unknown trail: {ARN} for the user: {ACCOUNT}", 400):
        cloudtrail.get_trail(Name="boto3-trail")


run()
