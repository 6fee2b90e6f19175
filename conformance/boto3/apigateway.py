"""API Gateway: a REST API that is made, deployed, called and changed by patches."""

import http.client
import json
import time
import urllib.parse

from cases import REGION, case, client, equal, refused, run

gateway = client("apigateway")

MOCK = {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 200}'}}


def api(name, **more):
    made = gateway.create_rest_api(name=name, **more)
    return made["id"], made["rootResourceId"]


def mock(rest_api, resource, text, method="GET"):
    place = {"restApiId": rest_api, "resourceId": resource, "httpMethod": method}
    gateway.put_method(**place, authorizationType="NONE")
    gateway.put_method_response(**place, statusCode="200")
    gateway.put_integration(**place, **MOCK)
    gateway.put_integration_response(**place, statusCode="200", responseTemplates={"application/json": text})


def answer(rest_api, path):
    """What the API answers, as soon as it is served."""
    tags = gateway.get_tags(resourceArn=f"arn:aws:apigateway:{REGION}::/restapis/{rest_api}")["tags"]
    host = urllib.parse.urlsplit(tags["aws:bartizan:endpoint"]).netloc
    for _ in range(100):
        connection = http.client.HTTPConnection("127.0.0.1", int(host.split(":")[1]), timeout=10)
        connection.request("GET", path, headers={"host": host})
        response = connection.getresponse()
        body = response.read().decode()
        if response.status != 403 or "Forbidden" not in body:
            return response.status, body
        time.sleep(0.05)
    raise AssertionError(f"{path} was not served: {body}")


@case("an API is deployed and answers under its stage")
def deployed():
    rest_api, root = api("boto3-pets", description="pets", endpointConfiguration={"types": ["REGIONAL"]})
    pets = gateway.create_resource(restApiId=rest_api, parentId=root, pathPart="pets")
    equal(pets["path"], "/pets")
    with refused("BadRequestException", "doesn't contain any methods"):
        gateway.create_deployment(restApiId=rest_api)
    mock(rest_api, pets["id"], '{"pets": []}')
    deployment = gateway.create_deployment(restApiId=rest_api, description="first")["id"]
    stage = gateway.create_stage(restApiId=rest_api, stageName="live", deploymentId=deployment, variables={"a": "b"})
    equal((stage["deploymentId"], stage["variables"]), (deployment, {"a": "b"}))
    equal(answer(rest_api, "/live/pets"), (200, '{"pets": []}'))
    status, body = answer(rest_api, "/live/cats")
    equal((status, json.loads(body)), (403, {"message": "Missing Authentication Token"}))
    with refused("BadRequestException"):
        gateway.delete_deployment(restApiId=rest_api, deploymentId=deployment)
    gateway.delete_stage(restApiId=rest_api, stageName="live")
    gateway.delete_deployment(restApiId=rest_api, deploymentId=deployment)
    gateway.delete_rest_api(restApiId=rest_api)
    with refused("NotFoundException", status=404):
        gateway.get_rest_api(restApiId=rest_api)


@case("an API's parts are changed by patches")
def patched():
    rest_api, root = api("boto3-patched")
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*"}],
    }

    def replace(path, value):
        return {"op": "replace", "path": path, "value": value}

    patches = [replace("/description", "new"), replace("/policy", json.dumps(policy))]
    changed = gateway.update_rest_api(restApiId=rest_api, patchOperations=patches)
    equal(changed["description"], "new")
    equal(json.loads(json.loads(f'"{changed["policy"]}"')), policy)
    with refused("BadRequestException", "Invalid patch path"):
        gateway.update_rest_api(restApiId=rest_api, patchOperations=[replace("/colour", "red")])
    mock(rest_api, root, "{}")
    gateway.create_deployment(restApiId=rest_api, stageName="live")
    settings = [replace("/*/*/throttling/burstLimit", "7"), replace("/*/*/caching/ttlInSeconds", "60")]
    stage = gateway.update_stage(restApiId=rest_api, stageName="live", patchOperations=settings)
    all_methods = stage["methodSettings"]["*/*"]
    equal((all_methods["throttlingBurstLimit"], all_methods["cacheTtlInSeconds"]), (7, 60))
    for path, value in (("/*/*/caching/enabled", "true"), ("/*/*/logging/loglevel", "INFO")):
        with refused("BadRequestException", "not supported"):
            gateway.update_stage(restApiId=rest_api, stageName="live", patchOperations=[replace(path, value)])
    gateway.delete_rest_api(restApiId=rest_api)


@case("APIs are listed page by page, and found by their tags")
def listed():
    made = {api(f"boto3-list-{number}", tags={"n": str(number)})[0] for number in range(3)}
    pages = gateway.get_paginator("get_rest_apis").paginate(PaginationConfig={"PageSize": 2})
    items = [item for page in pages for item in page["items"]]
    assert made <= {item["id"] for item in items}, items
    for rest_api in made:
        arn = f"arn:aws:apigateway:{REGION}::/restapis/{rest_api}"
        assert gateway.get_tags(resourceArn=arn)["tags"]["n"] in "012"
        gateway.delete_rest_api(restApiId=rest_api)


@case("what is wrong is refused")
def wrong():
    with refused("NotFoundException", status=404):
        gateway.get_resources(restApiId="nothing123")
    with refused("BadRequestException"):
        api("  ")
    rest_api, root = api("boto3-wrong")
    gateway.create_resource(restApiId=rest_api, parentId=root, pathPart="a")
    with refused("ConflictException", "already has this name"):
        gateway.create_resource(restApiId=rest_api, parentId=root, pathPart="a")
    with refused("BadRequestException"):
        gateway.create_resource(restApiId=rest_api, parentId=root, pathPart="a b")
    with refused("NotFoundException"):
        gateway.get_method(restApiId=rest_api, resourceId=root, httpMethod="GET")
    gateway.delete_rest_api(restApiId=rest_api)


run()
