"""CloudFormation: stacks, change sets, waiters, rollback, exports."""

import json

from botocore.exceptions import WaiterError

from cases import ACCOUNT, REGION, case, client, equal, refused, run

cloudformation = client("cloudformation")
kms = client("kms")

TEMPLATE = """
Parameters:
  Text: { Type: String, Default: first }
Conditions:
  IsNamed: !Not [!Equals [!Ref Text, '']]
Resources:
  Key:
    Type: AWS::KMS::Key
    Properties: { Description: !If [IsNamed, !Ref Text, nothing] }
  Alias:
    Type: AWS::KMS::Alias
    Properties: { AliasName: !Sub 'alias/${AWS::StackName}', TargetKeyId: !Ref Key }
Outputs:
  Arn: { Value: !GetAtt Key.Arn, Export: { Name: !Sub '${AWS::StackName}-key' } }
"""


def wait(name, stack):
    config = {"Delay": 1, "MaxAttempts": 60}
    cloudformation.get_waiter(name).wait(StackName=stack, WaiterConfig=config)


def stack(name):
    return cloudformation.describe_stacks(StackName=name)["Stacks"][0]


def description(name):
    return kms.describe_key(KeyId=f"alias/{name}")["KeyMetadata"]["Description"]


@case("a stack is created, updated and deleted, and the waiters see it")
def lifecycle():
    name = "boto3"
    made = cloudformation.create_stack(StackName=name, TemplateBody=TEMPLATE)["StackId"]
    assert made.startswith(f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{name}/"), made
    wait("stack_create_complete", name)
    equal(description(name), "first")
    output = stack(name)["Outputs"][0]
    equal(output["ExportName"], "boto3-key")
    exports = cloudformation.list_exports()["Exports"]
    equal([each["Value"] for each in exports if each["Name"] == "boto3-key"], [output["OutputValue"]])
    with refused("ValidationError", "No updates are to be performed.", 400):
        cloudformation.update_stack(StackName=name, UsePreviousTemplate=True)
    parameters = [{"ParameterKey": "Text", "ParameterValue": "second"}]
    cloudformation.update_stack(StackName=name, UsePreviousTemplate=True, Parameters=parameters)
    wait("stack_update_complete", name)
    equal(description(name), "second")
    pages = cloudformation.get_paginator("describe_stack_events").paginate(StackName=name)
    events = [event for page in pages for event in page["StackEvents"]]
    equal(events[0]["ResourceStatus"], "UPDATE_COMPLETE")
    equal(events[-1]["ResourceStatus"], "CREATE_IN_PROGRESS")
    resources = cloudformation.list_stack_resources(StackName=name)["StackResourceSummaries"]
    equal([each["LogicalResourceId"] for each in resources], ["Alias", "Key"])
    cloudformation.delete_stack(StackName=name)
    wait("stack_delete_complete", made)
    with refused("ValidationError", "Stack with id boto3 does not exist"):
        stack(name)


@case("a change set is what a deploy tool makes of a template")
def change_set():
    name = "changes"
    names = {"StackName": name, "ChangeSetName": "first"}
    cloudformation.create_change_set(TemplateBody=TEMPLATE, ChangeSetType="CREATE", **names)
    cloudformation.get_waiter("change_set_create_complete").wait(**names)
    described = cloudformation.describe_change_set(**names)
    actions = [change["ResourceChange"]["Action"] for change in described["Changes"]]
    equal(actions, ["Add", "Add"])
    cloudformation.execute_change_set(**names)
    wait("stack_create_complete", name)
    again = {"StackName": name, "ChangeSetName": "second"}
    cloudformation.create_change_set(TemplateBody=TEMPLATE, **again)
    equal(cloudformation.describe_change_set(**again)["Status"], "FAILED")
    cloudformation.delete_stack(StackName=name)
    wait("stack_delete_complete", name)


@case("a failed create is rolled back, and its events say why")
def rollback():
    template = {"Resources": {"Key": {"Type": "AWS::KMS::Key"}}}
    template["Resources"]["Alias"] = {
        "Type": "AWS::KMS::Alias",
        "Properties": {"AliasName": "wrong", "TargetKeyId": {"Ref": "Key"}},
    }
    cloudformation.create_stack(StackName="failing", TemplateBody=json.dumps(template))
    try:
        wait("stack_create_complete", "failing")
    except WaiterError as error:
        assert "ROLLBACK" in str(error), error
    while stack("failing")["StackStatus"] != "ROLLBACK_COMPLETE":
        pass
    events = cloudformation.describe_stack_events(StackName="failing")["StackEvents"]
    failed = [event for event in events if event["ResourceStatus"] == "CREATE_FAILED"]
    equal([event["LogicalResourceId"] for event in failed], ["Alias"])
    assert failed[0]["ResourceStatusReason"], failed


@case("templates are refused in AWS's words")
def malformed():
    with refused("ValidationError", "At least one Resources member must be defined."):
        cloudformation.validate_template(TemplateBody="Resources: {}")
    with refused("ValidationError", "Unrecognized resource types: [AWS::No::Such]"):
        cloudformation.validate_template(TemplateBody="Resources: { A: { Type: AWS::No::Such } }")
    role = {"Type": "AWS::IAM::User"}
    with refused("InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_IAM]"):
        cloudformation.create_stack(
            StackName="user", TemplateBody=json.dumps({"Resources": {"User": role}})
        )


run()
