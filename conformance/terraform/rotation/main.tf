terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "stage" {
  type    = string
  default = "first"
}

data "aws_partition" "current" {}
data "aws_region" "current" {}

data "aws_serverlessapplicationrepository_application" "rotator" {
  application_id = "arn:aws:serverlessrepo:us-east-1:297356227824:applications/SecretsManagerRDSPostgreSQLRotationSingleUser"
}

resource "aws_serverlessapplicationrepository_cloudformation_stack" "rotator" {
  name             = "terraform-rotator"
  application_id   = data.aws_serverlessapplicationrepository_application.rotator.application_id
  semantic_version = data.aws_serverlessapplicationrepository_application.rotator.semantic_version
  capabilities     = data.aws_serverlessapplicationrepository_application.rotator.required_capabilities

  parameters = {
    endpoint          = "secretsmanager.${data.aws_region.current.name}.${data.aws_partition.current.dns_suffix}"
    functionName      = "terraform-rotator"
    excludeCharacters = var.stage == "first" ? "/@" : "/@\""
  }
}

data "aws_lambda_function" "rotator" {
  function_name = "terraform-rotator"
  depends_on    = [aws_serverlessapplicationrepository_cloudformation_stack.rotator]
}

output "arn" {
  value = aws_serverlessapplicationrepository_cloudformation_stack.rotator.outputs.RotationLambdaARN
}

output "excluded" {
  value = data.aws_lambda_function.rotator.environment[0].variables.EXCLUDE_CHARACTERS
}
