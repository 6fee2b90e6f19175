terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "stage" {
  type    = string
  default = "first"
}

locals {
  # Zip files of one index.mjs each, whose handler says which it is.
  packages = {
    first  = "UEsDBBQAAAAIAAAAIVxUvJNHQgAAAEMAAAAJAAAAaW5kZXgubWpzS60oyC8qUUjOzysuUchIzEvJSS1SsFVILK7MS1bQSC1LzSvRVLC1U9CoVihOzEyxUlBPyywqLlHXUQDLKdRqcgEAUEsBAhQDFAAAAAgAAAAhXFS8k0dCAAAAQwAAAAkAAAAAAAAAAAAAAKSBAAAAAGluZGV4Lm1qc1BLBQYAAAAAAQABADcAAABpAAAAAAA="
    second = "UEsDBBQAAAAIAAAAIVx1Xw0ZQgAAAEQAAAAJAAAAaW5kZXgubWpzS60oyC8qUUjOzysuUchIzEvJSS1SsFVILK7MS1bQSC1LzSvRVLC1U9CoVihOzEyxUlAvTgUqTlHXUQBLKtRqcgEAUEsBAhQDFAAAAAgAAAAhXHVfDRlCAAAARAAAAAkAAAAAAAAAAAAAAKSBAAAAAGluZGV4Lm1qc1BLBQYAAAAAAQABADcAAABpAAAAAAA="
  }
}

resource "aws_s3_bucket" "code" {
  bucket        = "terraform-lambda-code"
  force_destroy = true
}

resource "aws_s3_object" "code" {
  bucket         = aws_s3_bucket.code.id
  key            = "${var.stage}.zip"
  content_base64 = local.packages[var.stage]
}

resource "aws_iam_role" "function" {
  name = "terraform-function"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "function" {
  role = aws_iam_role.function.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["sqs:*", "logs:*"], Resource = "*" }]
  })
}

resource "aws_kms_key" "environment" {
  deletion_window_in_days = 7
}

resource "aws_lambda_layer_version" "shared" {
  layer_name          = "terraform-shared"
  s3_bucket           = aws_s3_bucket.code.id
  s3_key              = aws_s3_object.code.key
  compatible_runtimes = ["nodejs22.x"]
}

resource "aws_lambda_function" "main" {
  function_name    = "terraform-main"
  description      = "${var.stage} of Terraform's"
  role             = aws_iam_role.function.arn
  runtime          = "nodejs22.x"
  handler          = "index.handler"
  s3_bucket        = aws_s3_bucket.code.id
  s3_key           = aws_s3_object.code.key
  source_code_hash = base64sha256(local.packages[var.stage])
  memory_size      = var.stage == "first" ? 192 : 256
  timeout          = 20
  publish          = true
  kms_key_arn      = aws_kms_key.environment.arn
  layers           = [aws_lambda_layer_version.shared.arn]

  environment {
    variables = { STAGE = var.stage }
  }

  ephemeral_storage {
    size = 600
  }

  dead_letter_config {
    target_arn = aws_sqs_queue.dead.arn
  }

  tags       = { stage = var.stage }
  depends_on = [aws_iam_role_policy.function]
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.main.function_name
  function_version = aws_lambda_function.main.version
}

resource "aws_lambda_permission" "events" {
  statement_id  = "events"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.main.function_name
  qualifier     = aws_lambda_alias.live.name
  principal     = "events.amazonaws.com"
  source_arn    = "arn:aws:events:us-east-1:123456789012:rule/r"
}

resource "aws_lambda_function_event_invoke_config" "main" {
  function_name                = aws_lambda_function.main.function_name
  maximum_retry_attempts       = var.stage == "first" ? 0 : 1
  maximum_event_age_in_seconds = 3600

  destination_config {
    on_failure {
      destination = aws_sqs_queue.dead.arn
    }
  }
}

resource "aws_sqs_queue" "dead" {
  name = "terraform-function-dead"
}

resource "aws_sqs_queue" "work" {
  name                       = "terraform-function-work"
  visibility_timeout_seconds = 60
}

resource "aws_lambda_event_source_mapping" "work" {
  event_source_arn                   = aws_sqs_queue.work.arn
  function_name                      = aws_lambda_function.main.arn
  batch_size                         = var.stage == "first" ? 5 : 20
  maximum_batching_window_in_seconds = 1
  function_response_types            = ["ReportBatchItemFailures"]

  filter_criteria {
    filter {
      pattern = jsonencode({ body = { kind = ["a"] } })
    }
  }

  scaling_config {
    maximum_concurrency = 2
  }
}

resource "aws_lambda_function" "reserved" {
  function_name                  = "terraform-reserved"
  role                           = aws_iam_role.function.arn
  runtime                        = "nodejs20.x"
  handler                        = "index.handler"
  s3_bucket                      = aws_s3_bucket.code.id
  s3_key                         = aws_s3_object.code.key
  reserved_concurrent_executions = 3

  logging_config {
    log_format            = "JSON"
    application_log_level = "WARN"
    system_log_level      = "WARN"
  }
}

resource "aws_lambda_invocation" "main" {
  function_name = aws_lambda_function.main.function_name
  input         = jsonencode({ stage = var.stage })
}

data "aws_lambda_function" "found" {
  function_name = aws_lambda_function.main.function_name
  depends_on    = [aws_lambda_alias.live]
}

output "arn" {
  value = aws_lambda_function.main.arn
}

output "version" {
  value = aws_lambda_function.main.version
}

output "said" {
  value = jsondecode(aws_lambda_invocation.main.result).said
}

output "found_timeout" {
  value = data.aws_lambda_function.found.timeout
}
