"""CloudFront: a distribution that is made, asked, changed by its version and deleted."""

import http.client
import http.server
import threading
import time

from cases import ACCOUNT, case, client, equal, refused, run

cloudfront = client("cloudfront")
OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"


class Origin(http.server.BaseHTTPRequestHandler):
    seen = []

    def do_GET(self):
        self.seen.append(self.path)
        body = f"page {len(self.seen)}".encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.send_header("cache-control", "max-age=300")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def config(reference, port=80, **more):
    return {
        "CallerReference": reference,
        "Comment": "a site",
        "Enabled": True,
        "Origins": {
            "Quantity": 1,
            "Items": [
                {
                    "Id": "app",
                    "DomainName": "localhost",
                    "CustomOriginConfig": {
                        "HTTPPort": port,
                        "HTTPSPort": 443,
                        "OriginProtocolPolicy": "http-only",
                    },
                }
            ],
        },
        "DefaultCacheBehavior": {
            "TargetOriginId": "app",
            "ViewerProtocolPolicy": "allow-all",
            "CachePolicyId": OPTIMIZED,
        },
        **more,
    }


def remove(distribution):
    got = cloudfront.get_distribution_config(Id=distribution)
    off = {**got["DistributionConfig"], "Enabled": False}
    etag = cloudfront.update_distribution(Id=distribution, IfMatch=got["ETag"], DistributionConfig=off)["ETag"]
    cloudfront.delete_distribution(Id=distribution, IfMatch=etag)


@case("a distribution answers from its origin, then from its cache until that is invalidated")
def served():
    origin = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Origin)
    threading.Thread(target=origin.serve_forever, daemon=True).start()
    made = cloudfront.create_distribution(DistributionConfig=config("boto3-served", origin.server_port))["Distribution"]
    cloudfront.get_waiter("distribution_deployed").wait(Id=made["Id"], WaiterConfig={"Delay": 1})
    tags = cloudfront.list_tags_for_resource(Resource=made["ARN"])["Tags"]["Items"]
    [endpoint] = [tag["Value"] for tag in tags if tag["Key"] == "aws:bartizan:endpoint"]
    host = endpoint.removeprefix("http://")
    equal(host.split(":")[0], made["DomainName"])

    def page():
        connection = http.client.HTTPConnection("127.0.0.1", int(host.split(":")[1]), timeout=10)
        connection.request("GET", "/page", headers={"host": host})
        response = connection.getresponse()
        return response.status, response.read().decode(), response.getheader("x-cache")

    equal(page(), (200, "page 1", "Miss from cloudfront"))
    equal(page(), (200, "page 1", "Hit from cloudfront"))
    batch = {"CallerReference": "once", "Paths": {"Quantity": 1, "Items": ["/page"]}}
    invalidation = cloudfront.create_invalidation(DistributionId=made["Id"], InvalidationBatch=batch)["Invalidation"]
    ids = {"DistributionId": made["Id"], "Id": invalidation["Id"]}
    cloudfront.get_waiter("invalidation_completed").wait(**ids, WaiterConfig={"Delay": 1})
    deadline = time.monotonic() + 5
    while (got := page())[1] == "page 1" and time.monotonic() < deadline:
        time.sleep(0.05)
    equal(got[:2], (200, "page 2"))
    remove(made["Id"])
    origin.shutdown()


@case("a distribution is changed by its version, and deleted once it is disabled")
def versions():
    made = cloudfront.create_distribution_with_tags(
        DistributionConfigWithTags={
            "DistributionConfig": config("boto3-versions"),
            "Tags": {"Items": [{"Key": "team", "Value": "red"}]},
        }
    )
    distribution, etag = made["Distribution"], made["ETag"]
    identifier = distribution["Id"]
    equal(distribution["ARN"], f"arn:aws:cloudfront::{ACCOUNT}:distribution/{identifier}")
    equal(distribution["DistributionConfig"]["PriceClass"], "PriceClass_All")
    with refused("PreconditionFailed", status=412):
        cloudfront.update_distribution(
            Id=identifier, IfMatch="E1", DistributionConfig=distribution["DistributionConfig"]
        )
    with refused("DistributionNotDisabled"):
        cloudfront.delete_distribution(Id=identifier, IfMatch=etag)
    pages = cloudfront.get_paginator("list_distributions").paginate(PaginationConfig={"PageSize": 1})
    assert identifier in [item["Id"] for page in pages for item in page["DistributionList"].get("Items", [])]
    with refused("DistributionAlreadyExists"):
        cloudfront.create_distribution(DistributionConfig=config("boto3-versions"))
    remove(identifier)
    with refused("NoSuchDistribution", status=404):
        cloudfront.get_distribution(Id=identifier)


@case("what is wrong is refused")
def wrong():
    with refused("NoSuchOrigin"):
        behavior = {**config("x")["DefaultCacheBehavior"], "TargetOriginId": "nothing"}
        cloudfront.create_distribution(DistributionConfig=config("boto3-wrong", DefaultCacheBehavior=behavior))
    with refused("InconsistentQuantities"):
        cloudfront.create_distribution(DistributionConfig=config("boto3-wrong", Aliases={"Quantity": 2}))
    with refused("InvalidWebACLId"):
        arn = f"arn:aws:wafv2:us-east-1:{ACCOUNT}:global/webacl/none/00000000-0000-0000-0000-000000000000"
        cloudfront.create_distribution(DistributionConfig=config("boto3-wrong", WebACLId=arn))


@case("AWS's own policies are found by their names")
def policies():
    listed = cloudfront.list_cache_policies(Type="managed")["CachePolicyList"]["Items"]
    names = {item["CachePolicy"]["CachePolicyConfig"]["Name"]: item["CachePolicy"]["Id"] for item in listed}
    equal(names["Managed-CachingOptimized"], OPTIMIZED)
    got = cloudfront.get_cache_policy(Id=OPTIMIZED)["CachePolicy"]["CachePolicyConfig"]
    equal((got["MinTTL"], got["DefaultTTL"], got["MaxTTL"]), (1, 86400, 31536000))


run()
