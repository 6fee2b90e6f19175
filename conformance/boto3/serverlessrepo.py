"""Serverless Application Repository: the rotation functions that AWS offers there, deployed by CloudFormation."""

import json
import urllib.request

from cases import ACCOUNT, case, client, equal, refused, run

repository = client("serverlessrepo")
cloudformation = client("cloudformation")
functions = client("lambda")

PUBLISHER = "arn:aws:serverlessrepo:us-east-1:297356227824:applications/"
ENDPOINT = "https://secretsmanager.us-east-1.amazonaws.com"
CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_RESOURCE_POLICY"]


def deploy(application, stack, wait, **parameters):
    change_set = repository.create_cloud_formation_change_set(
        ApplicationId=PUBLISHER + application,
        StackName=stack,
        Capabilities=CAPABILITIES,
        ParameterOverrides=[{"Name": name, "Value": value} for name, value in parameters.items()],
    )
    name, stack_id = change_set["ChangeSetId"], change_set["StackId"]
    cloudformation.get_waiter("change_set_create_complete").wait(ChangeSetName=name, WaiterConfig={"Delay": 1})
    cloudformation.execute_change_set(ChangeSetName=name)
    cloudformation.get_waiter(wait).wait(StackName=stack_id, WaiterConfig={"Delay": 1})
    return cloudformation.describe_stacks(StackName=stack_id)["Stacks"][0]


@case("every application is found and tells its parameters and template")
def found():
    applications = repository.get_paginator("list_applications").paginate(PaginationConfig={"PageSize": 3})
    names = [each["Name"] for page in applications for each in page["Applications"]]
    for engine in ("PostgreSQL", "MySQL", "MariaDB"):
        for users in ("Single", "Multi"):
            assert f"SecretsManagerRDS{engine}Rotation{users}User" in names, names
    for name in names:
        version = repository.get_application(ApplicationId=PUBLISHER + name)["Version"]
        equal(version["RequiredCapabilities"], CAPABILITIES)
        template = json.load(urllib.request.urlopen(version["TemplateUrl"]))
        equal(sorted(template["Parameters"]), sorted(each["Name"] for each in version["ParameterDefinitions"]))
        equal(len(repository.list_application_versions(ApplicationId=PUBLISHER + name)["Versions"]), 1)
    with refused("NotFoundException"):
        repository.get_application(ApplicationId=PUBLISHER + "Nothing")


@case("a rotation function is deployed, changed and removed with its stack")
def deployed():
    name = "SecretsManagerRDSPostgreSQLRotationSingleUser"
    stack = deploy(name, "boto3-rotation", "stack_create_complete", endpoint=ENDPOINT, functionName="boto3-rotation")
    equal(stack["StackName"], "serverlessrepo-boto3-rotation")
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
    equal(outputs["RotationLambdaARN"], f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:boto3-rotation")
    stack = deploy(
        name,
        "boto3-rotation",
        "stack_update_complete",
        endpoint=ENDPOINT,
        functionName="boto3-rotation",
        excludeCharacters="abc",
    )
    configuration = functions.get_function_configuration(FunctionName="boto3-rotation")
    equal(configuration["Environment"]["Variables"]["EXCLUDE_CHARACTERS"], "abc")
    cloudformation.delete_stack(StackName=stack["StackId"])
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack["StackId"], WaiterConfig={"Delay": 1})
    with refused("ResourceNotFoundException"):
        functions.get_function(FunctionName="boto3-rotation")


@case("a template is made of an application and deployed by its id")
def template():
    application = PUBLISHER + "SecretsManagerRotationTemplate"
    made = repository.create_cloud_formation_template(ApplicationId=application)
    equal(made["Status"], "ACTIVE")
    asked = repository.get_cloud_formation_template(ApplicationId=application, TemplateId=made["TemplateId"])
    equal(asked["ExpirationTime"], made["ExpirationTime"])
    with refused("BadRequestException", "CAPABILITY_RESOURCE_POLICY"):
        repository.create_cloud_formation_change_set(
            ApplicationId=application, StackName="s", TemplateId=made["TemplateId"], Capabilities=["CAPABILITY_IAM"]
        )


run()
