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
  is_first = var.stage == "first"
}

data "aws_caller_identity" "this" {}

resource "aws_cloudwatch_event_bus" "orders" {
  name        = "terraform-orders"
  description = "of ${var.stage}"
  tags        = { stage = var.stage }
}

resource "aws_cloudwatch_event_bus_policy" "orders" {
  event_bus_name = aws_cloudwatch_event_bus.orders.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "neighbours"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::444455556666:root" }
      Action    = "events:PutEvents"
      Resource  = aws_cloudwatch_event_bus.orders.arn
    }]
  })
}

resource "aws_cloudwatch_event_permission" "default" {
  principal    = "444455556666"
  statement_id = "neighbours"
}

resource "aws_sqs_queue" "target" {
  name = "terraform-events"
}

resource "aws_sqs_queue" "ordered" {
  name                        = "terraform-events.fifo"
  fifo_queue                  = true
  content_based_deduplication = true
}

resource "aws_sqs_queue" "dead" {
  name = "terraform-events-dead"
}

resource "aws_sqs_queue_policy" "target" {
  queue_url = aws_sqs_queue.target.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = aws_sqs_queue.target.arn
      Condition = { ArnEquals = { "aws:SourceArn" = aws_cloudwatch_event_rule.orders.arn } }
    }]
  })
}

resource "aws_cloudwatch_event_rule" "orders" {
  name           = "terraform-orders"
  event_bus_name = aws_cloudwatch_event_bus.orders.name
  description    = "of ${var.stage}"
  state          = local.is_first ? "ENABLED" : "DISABLED"
  event_pattern = jsonencode({
    source = ["my.app"]
    detail = { state = [{ prefix = local.is_first ? "run" : "stop" }] }
  })
  tags = { stage = var.stage }
}

resource "aws_cloudwatch_event_rule" "clock" {
  name                = "terraform-clock"
  schedule_expression = local.is_first ? "rate(5 minutes)" : "cron(0 12 * * ? *)"
}

resource "aws_cloudwatch_event_rule" "reads" {
  name_prefix   = "terraform-reads-"
  state         = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
  event_pattern = jsonencode({ source = ["aws.kms"] })
}

resource "aws_cloudwatch_event_target" "queue" {
  rule           = aws_cloudwatch_event_rule.orders.name
  event_bus_name = aws_cloudwatch_event_bus.orders.name
  target_id      = "queue"
  arn            = aws_sqs_queue.target.arn

  input_transformer {
    input_paths    = { state = "$.detail.state" }
    input_template = "{\"state\": <state>, \"stage\": \"${var.stage}\"}"
  }

  dead_letter_config {
    arn = aws_sqs_queue.dead.arn
  }

  retry_policy {
    maximum_event_age_in_seconds = 3600
    maximum_retry_attempts       = local.is_first ? 3 : 5
  }
}

resource "aws_cloudwatch_event_target" "ordered" {
  rule = aws_cloudwatch_event_rule.clock.name
  arn  = aws_sqs_queue.ordered.arn

  sqs_target {
    message_group_id = "group"
  }
}

resource "aws_iam_role" "events" {
  name = "terraform-events"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_cloudwatch_event_target" "bus" {
  rule     = aws_cloudwatch_event_rule.reads.name
  arn      = aws_cloudwatch_event_bus.orders.arn
  role_arn = aws_iam_role.events.arn
}

resource "aws_cloudwatch_event_connection" "basic" {
  name               = "terraform-basic"
  description        = "of ${var.stage}"
  authorization_type = "BASIC"

  auth_parameters {
    basic {
      username = "ada"
      password = local.is_first ? "first-password" : "second-password"
    }

    invocation_http_parameters {
      header {
        key             = "X-Stage"
        value           = var.stage
        is_value_secret = false
      }
    }
  }
}

resource "aws_cloudwatch_event_connection" "api_key" {
  name               = "terraform-api-key"
  authorization_type = "API_KEY"

  auth_parameters {
    api_key {
      key   = "X-Key"
      value = "secret"
    }
  }
}

resource "aws_cloudwatch_event_api_destination" "hook" {
  name                             = "terraform-hook"
  connection_arn                   = aws_cloudwatch_event_connection.basic.arn
  invocation_endpoint              = "https://example.com/hooks/*"
  http_method                      = local.is_first ? "POST" : "PUT"
  invocation_rate_limit_per_second = 20
}

resource "aws_cloudwatch_event_target" "hook" {
  rule     = aws_cloudwatch_event_rule.reads.name
  arn      = aws_cloudwatch_event_api_destination.hook.arn
  role_arn = aws_iam_role.events.arn

  http_target {
    path_parameter_values   = ["$.detail.eventName"]
    header_parameters       = { "X-Account" = "$.account" }
    query_string_parameters = { stage = var.stage }
  }
}

resource "aws_cloudwatch_event_archive" "orders" {
  name             = "terraform-orders"
  event_source_arn = aws_cloudwatch_event_bus.orders.arn
  description      = "of ${var.stage}"
  event_pattern    = jsonencode({ source = ["my.app"] })
  retention_days   = local.is_first ? 7 : 14
}

data "aws_cloudwatch_event_bus" "orders" {
  name = aws_cloudwatch_event_bus.orders.name
}

data "aws_cloudwatch_event_connection" "basic" {
  name = aws_cloudwatch_event_connection.basic.name
}

output "bus_arn" {
  value = data.aws_cloudwatch_event_bus.orders.arn
}

output "rule_arn" {
  value = aws_cloudwatch_event_rule.orders.arn
}

output "authorization_type" {
  value = data.aws_cloudwatch_event_connection.basic.authorization_type
}
