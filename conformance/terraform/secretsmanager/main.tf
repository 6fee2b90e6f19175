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

data "aws_secretsmanager_random_password" "this" {
  password_length     = 24
  exclude_punctuation = true
}

resource "aws_kms_key" "secrets" {
  for_each                = toset(["first", "second"])
  deletion_window_in_days = 7
}

resource "aws_secretsmanager_secret" "main" {
  name                    = "terraform/main"
  description             = var.stage
  kms_key_id              = aws_kms_key.secrets[var.stage].arn
  recovery_window_in_days = 7
  tags                    = { stage = var.stage }
  replica { region = "eu-west-1" }
}

resource "aws_secretsmanager_secret_version" "main" {
  secret_id      = aws_secretsmanager_secret.main.id
  secret_string  = jsonencode({ username = "app", password = var.stage })
  version_stages = ["AWSCURRENT", "RELEASED"]
}

resource "aws_secretsmanager_secret_policy" "main" {
  secret_arn          = aws_secretsmanager_secret.main.arn
  block_public_policy = true
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = var.stage
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.this.account_id}:root" }
      Action    = "secretsmanager:GetSecretValue"
      Resource  = "*"
    }]
  })
}

resource "aws_secretsmanager_secret" "binary" {
  name_prefix             = "terraform-binary-"
  recovery_window_in_days = 0
}

resource "aws_secretsmanager_secret_version" "binary" {
  secret_id     = aws_secretsmanager_secret.binary.id
  secret_binary = base64encode("bytes of ${var.stage}")
}

resource "aws_iam_role" "rotation" {
  name = "terraform-secret-rotation"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_s3_bucket" "rotation" {
  bucket        = "terraform-secret-rotation"
  force_destroy = true
}

resource "aws_s3_object" "rotation" {
  bucket = aws_s3_bucket.rotation.id
  key    = "function.zip"
  # A zip file of one index.mjs, whose handler does nothing.
  content_base64 = "UEsDBBQAAAAIAAAAIVxUvJNHQgAAAEMAAAAJAAAAaW5kZXgubWpzS60oyC8qUUjOzysuUchIzEvJSS1SsFVILK7MS1bQSC1LzSvRVLC1U9CoVihOzEyxUlBPyywqLlHXUQDLKdRqcgEAUEsBAhQDFAAAAAgAAAAhXFS8k0dCAAAAQwAAAAkAAAAAAAAAAAAAAKSBAAAAAGluZGV4Lm1qc1BLBQYAAAAAAQABADcAAABpAAAAAAA="
}

resource "aws_lambda_function" "rotation" {
  function_name = "terraform-secret-rotation"
  role          = aws_iam_role.rotation.arn
  runtime       = "nodejs22.x"
  handler       = "index.handler"
  s3_bucket     = aws_s3_object.rotation.bucket
  s3_key        = aws_s3_object.rotation.key
}

resource "aws_lambda_permission" "rotation" {
  function_name = aws_lambda_function.rotation.function_name
  action        = "lambda:InvokeFunction"
  principal     = "secretsmanager.amazonaws.com"
  source_arn    = aws_secretsmanager_secret.main.arn
}

resource "aws_secretsmanager_secret_rotation" "main" {
  secret_id           = aws_secretsmanager_secret_version.main.secret_id
  rotation_lambda_arn = aws_lambda_permission.rotation.id == "" ? "" : aws_lambda_function.rotation.arn
  rotate_immediately  = false
  rotation_rules {
    duration            = "2h"
    schedule_expression = var.stage == "first" ? "cron(0 16 1 * ? *)" : "rate(10 days)"
  }
}

data "aws_secretsmanager_secret" "found" {
  name       = aws_secretsmanager_secret.main.name
  depends_on = [aws_secretsmanager_secret_version.main]
}

data "aws_secretsmanager_secret_version" "found" {
  secret_id     = aws_secretsmanager_secret_version.main.secret_id
  version_stage = "RELEASED"
}

data "aws_secretsmanager_secret_rotation" "found" {
  secret_id = aws_secretsmanager_secret_rotation.main.secret_id
}

output "arn" { value = aws_secretsmanager_secret.main.arn }
output "found_arn" { value = data.aws_secretsmanager_secret.found.arn }
output "password" { value = jsondecode(data.aws_secretsmanager_secret_version.found.secret_string).password }
output "rotates" { value = data.aws_secretsmanager_secret_rotation.found.rotation_enabled }
output "random_length" { value = length(data.aws_secretsmanager_random_password.this.random_password) }
