terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
variable "stage" { default = "first" }
resource "aws_kms_key" "logs" {
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Principal = { AWS = "*" }, Action = "kms:*", Resource = "*" },
  { Effect = "Allow", Principal = { Service = "logs.us-east-1.amazonaws.com" }, Action = ["kms:GenerateDataKey*", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:ReEncrypt*"], Resource = "*" }] })
}
resource "aws_cloudwatch_log_group" "main" {
  name              = "/tf/main"
  retention_in_days = var.stage == "first" ? 7 : 14
  kms_key_id        = aws_kms_key.logs.arn
  tags              = { stage = var.stage }
}
resource "aws_cloudwatch_log_stream" "main" {
  name           = "stream"
  log_group_name = aws_cloudwatch_log_group.main.name
}
resource "aws_cloudwatch_log_metric_filter" "errors" {
  name           = "errors"
  pattern        = "{ $.level = \"ERROR\" }"
  log_group_name = aws_cloudwatch_log_group.main.name
  metric_transformation {
    name          = "Errors"
    namespace     = "Tf"
    value         = "1"
    default_value = "0"
  }
}
resource "aws_cloudwatch_log_resource_policy" "events" {
  policy_name     = "events"
  policy_document = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "events.amazonaws.com" }, Action = ["logs:CreateLogStream", "logs:PutLogEvents"], Resource = "${aws_cloudwatch_log_group.main.arn}:*" }] })
}
resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "errors"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 2
  datapoints_to_alarm = 1
  threshold           = var.stage == "first" ? 5 : 6
  metric_name         = aws_cloudwatch_log_metric_filter.errors.metric_transformation[0].name
  namespace           = "Tf"
  period              = 60
  statistic           = "Sum"
  treat_missing_data  = "notBreaching"
  alarm_description   = "errors of ${var.stage}"
  tags                = { stage = var.stage }
}
resource "aws_cloudwatch_metric_alarm" "math" {
  alarm_name          = "math"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  evaluation_periods  = 1
  threshold           = 10
  metric_query {
    id          = "e1"
    expression  = "m2/m1*100"
    label       = "Error Rate"
    return_data = true
  }
  metric_query {
    id = "m1"
    metric {
      metric_name = "RequestCount"
      namespace   = "Tf"
      period      = 120
      stat        = "Sum"
      unit        = "Count"
      dimensions  = { LoadBalancer = "app/web" }
    }
  }
  metric_query {
    id = "m2"
    metric {
      metric_name = "Errors"
      namespace   = "Tf"
      period      = 120
      stat        = "p90"
    }
  }
}
resource "aws_cloudwatch_composite_alarm" "both" {
  alarm_name        = "both"
  alarm_description = "either"
  alarm_rule        = "ALARM(${aws_cloudwatch_metric_alarm.errors.alarm_name}) OR ALARM(${aws_cloudwatch_metric_alarm.math.alarm_name})"
  actions_suppressor {
    alarm            = aws_cloudwatch_metric_alarm.math.alarm_name
    extension_period = 10
    wait_period      = 20
  }
}
resource "aws_cloudwatch_dashboard" "main" {
  dashboard_name = "main"
  dashboard_body = jsonencode({ widgets = [{ type = "text", x = 0, y = 0, width = 3, height = 3, properties = { markdown = var.stage } }] })
}
data "aws_cloudwatch_log_group" "main" { name = aws_cloudwatch_log_group.main.name }
output "log_group_arn" { value = data.aws_cloudwatch_log_group.main.arn }

data "aws_caller_identity" "current" {}

locals {
  trail_arn = "arn:aws:cloudtrail:us-east-1:${data.aws_caller_identity.current.account_id}:trail/observability"
}

resource "aws_s3_bucket" "trail" {
  bucket        = "observability-trail"
  force_destroy = true
}

resource "aws_s3_bucket_policy" "trail" {
  bucket = aws_s3_bucket.trail.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Principal = { Service = "cloudtrail.amazonaws.com" }
        Action    = "s3:GetBucketAcl"
        Resource  = aws_s3_bucket.trail.arn
        Condition = { StringEquals = { "aws:SourceArn" = local.trail_arn } }
      },
      {
        Effect    = "Allow"
        Principal = { Service = "cloudtrail.amazonaws.com" }
        Action    = "s3:PutObject"
        Resource  = "${aws_s3_bucket.trail.arn}/audit/AWSLogs/${data.aws_caller_identity.current.account_id}/*"
        Condition = {
          StringEquals = {
            "s3:x-amz-acl"  = "bucket-owner-full-control"
            "aws:SourceArn" = local.trail_arn
          }
        }
      },
    ]
  })
}

resource "aws_iam_role" "trail" {
  name = "observability-trail"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "cloudtrail.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "trail" {
  name = "logs"
  role = aws_iam_role.trail.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = "${aws_cloudwatch_log_group.main.arn}:*"
    }]
  })
}

resource "aws_cloudtrail" "main" {
  name                          = "observability"
  s3_bucket_name                = aws_s3_bucket.trail.id
  s3_key_prefix                 = "audit"
  is_multi_region_trail         = true
  include_global_service_events = true
  enable_log_file_validation    = true
  enable_logging                = var.stage == "first"
  cloud_watch_logs_group_arn    = "${aws_cloudwatch_log_group.main.arn}:*"
  cloud_watch_logs_role_arn     = aws_iam_role.trail.arn

  event_selector {
    read_write_type                  = "All"
    include_management_events        = true
    exclude_management_event_sources = var.stage == "first" ? [] : ["kms.amazonaws.com"]

    data_resource {
      type   = "AWS::S3::Object"
      values = ["arn:aws:s3"]
    }
  }

  tags       = { stage = var.stage }
  depends_on = [aws_s3_bucket_policy.trail, aws_iam_role_policy.trail]
}

output "trail_arn" {
  value = aws_cloudtrail.main.arn
}
