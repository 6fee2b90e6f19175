"""Repositories of ECR: settings, policies, lifecycle, tags and pages."""

import json

from cases import ACCOUNT, REGION, case, client, equal, refused, run

ecr = client("ecr")
NAME = "boto3/app"
ARN = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/{NAME}"

ecr.create_repository(repositoryName=NAME, tags=[{"Key": "team", "Value": "red"}])


@case("a repository is described with its address and settings")
def repository():
    (found,) = ecr.describe_repositories(repositoryNames=[NAME])["repositories"]
    equal(found["repositoryArn"], ARN)
    equal(found["repositoryUri"], f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{NAME}")
    equal((found["imageTagMutability"], found["imageScanningConfiguration"]), ("MUTABLE", {"scanOnPush": False}))
    message = f"The repository with name '{NAME}' already exists in the registry with id '{ACCOUNT}'"
    with refused("RepositoryAlreadyExistsException", message, 400):
        ecr.create_repository(repositoryName=NAME)
    with refused("RepositoryNotFoundException", "The repository with name 'none' does not exist", 400):
        ecr.describe_repositories(repositoryNames=["none"])
    names = [each["repositoryName"] for page in ecr.get_paginator("describe_repositories").paginate() for each in page["repositories"]]
    assert NAME in names


@case("policies and lifecycle policies are kept as they were put")
def policies():
    statement = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "ecr:BatchGetImage"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    with refused("RepositoryPolicyNotFoundException", None, 400):
        ecr.get_repository_policy(repositoryName=NAME)
    ecr.set_repository_policy(repositoryName=NAME, policyText=json.dumps(policy))
    equal(json.loads(ecr.get_repository_policy(repositoryName=NAME)["policyText"]), policy)
    with refused("LifecyclePolicyNotFoundException", None, 400):
        ecr.get_lifecycle_policy(repositoryName=NAME)
    selection = {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 14}
    rules = {"rules": [{"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}]}
    ecr.put_lifecycle_policy(repositoryName=NAME, lifecyclePolicyText=json.dumps(rules))
    equal(json.loads(ecr.get_lifecycle_policy(repositoryName=NAME)["lifecyclePolicyText"]), rules)


@case("tags come and go, and a repository is deleted")
def tags():
    ecr.tag_resource(resourceArn=ARN, tags=[{"Key": "stage", "Value": "test"}])
    ecr.untag_resource(resourceArn=ARN, tagKeys=["team"])
    equal(ecr.list_tags_for_resource(resourceArn=ARN)["tags"], [{"Key": "stage", "Value": "test"}])
    ecr.delete_repository(repositoryName=NAME)
    with refused("RepositoryNotFoundException", None, 400):
        ecr.delete_repository(repositoryName=NAME)


run()
