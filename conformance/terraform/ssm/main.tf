terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "stage" {
  type    = string
  default = "first"
}

data "aws_caller_identity" "this" {}

data "aws_region" "this" {}

resource "aws_kms_key" "secrets" {
  deletion_window_in_days = 7
}

resource "aws_ssm_parameter" "text" {
  name            = "/terraform/text"
  type            = "String"
  value           = "text-${var.stage}"
  description     = var.stage == "first" ? "a text" : "another text"
  allowed_pattern = "^[a-z-]+$"
  tags            = { stage = var.stage }
}

resource "aws_ssm_parameter" "list" {
  name  = "/terraform/list"
  type  = "StringList"
  value = "a,b,${var.stage}"
  tier  = var.stage == "first" ? "Standard" : "Advanced"
}

resource "aws_ssm_parameter" "insecure" {
  name           = "terraform-insecure"
  type           = "String"
  insecure_value = var.stage
  tier           = "Intelligent-Tiering"
}

resource "aws_ssm_parameter" "managed" {
  name  = "/terraform/deep/managed"
  type  = "SecureString"
  value = "secret-${var.stage}"
}

resource "aws_ssm_parameter" "own" {
  name   = "/terraform/deep/own"
  type   = "SecureString"
  key_id = aws_kms_key.secrets.arn
  value  = "own-secret"
  tier   = "Advanced"
}

resource "aws_ssm_parameter" "image" {
  name      = "/terraform/image"
  type      = "String"
  data_type = "aws:ec2:image"
  value     = "ami-0123456789abcdef0"
}

resource "aws_ssm_service_setting" "tier" {
  setting_id    = "arn:aws:ssm:${data.aws_region.this.name}:${data.aws_caller_identity.this.account_id}:servicesetting/ssm/parameter-store/default-parameter-tier"
  setting_value = var.stage == "first" ? "Intelligent-Tiering" : "Standard"
}

data "aws_ssm_parameter" "managed" {
  name       = aws_ssm_parameter.managed.name
  depends_on = [aws_ssm_parameter.managed]
}

data "aws_ssm_parameters_by_path" "all" {
  path      = "/terraform"
  recursive = true
  depends_on = [
    aws_ssm_parameter.text,
    aws_ssm_parameter.list,
    aws_ssm_parameter.managed,
    aws_ssm_parameter.own,
    aws_ssm_parameter.image,
  ]
}

output "text_arn" {
  value = aws_ssm_parameter.text.arn
}

output "text_version" {
  value = aws_ssm_parameter.text.version
}

output "managed" {
  value     = data.aws_ssm_parameter.managed.value
  sensitive = true
}

output "names" {
  value = data.aws_ssm_parameters_by_path.all.names
}

output "values" {
  value     = data.aws_ssm_parameters_by_path.all.values
  sensitive = true
}

output "setting_status" {
  value = aws_ssm_service_setting.tier.status
}
