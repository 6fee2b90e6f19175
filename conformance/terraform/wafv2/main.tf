terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "stage" {
  type    = string
  default = "first"
}

resource "aws_wafv2_ip_set" "office" {
  name               = "terraform-office"
  scope              = "REGIONAL"
  ip_address_version = "IPV4"
  addresses          = var.stage == "first" ? ["192.0.2.0/24"] : ["192.0.2.0/24", "198.51.100.7/32"]
  tags               = { stage = var.stage }
}

resource "aws_wafv2_regex_pattern_set" "paths" {
  name  = "terraform-paths"
  scope = "REGIONAL"
  regular_expression {
    regex_string = "^/internal/"
  }
  regular_expression {
    regex_string = var.stage == "first" ? "^/debug" : "^/debug/.*"
  }
}

resource "aws_wafv2_rule_group" "own" {
  name     = "terraform-own"
  scope    = "REGIONAL"
  capacity = 50

  custom_response_body {
    key          = "sorry"
    content      = "sorry"
    content_type = "TEXT_PLAIN"
  }

  rule {
    name     = "paths"
    priority = 1
    action {
      block {
        custom_response {
          response_code            = 404
          custom_response_body_key = "sorry"
        }
      }
    }
    statement {
      regex_pattern_set_reference_statement {
        arn = aws_wafv2_regex_pattern_set.paths.arn
        field_to_match {
          uri_path {}
        }
        text_transformation {
          priority = 0
          type     = "LOWERCASE"
        }
      }
    }
    rule_label {
      name = "internal"
    }
    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "paths"
      sampled_requests_enabled   = true
    }
  }

  visibility_config {
    cloudwatch_metrics_enabled = true
    metric_name                = "own"
    sampled_requests_enabled   = true
  }
}

resource "aws_wafv2_web_acl" "main" {
  name          = "terraform-main"
  description   = "stage ${var.stage}"
  scope         = "REGIONAL"
  token_domains = ["example.com"]

  default_action {
    allow {}
  }

  rule {
    name     = "office"
    priority = 0
    action {
      allow {}
    }
    statement {
      and_statement {
        statement {
          ip_set_reference_statement {
            arn = aws_wafv2_ip_set.office.arn
          }
        }
        statement {
          byte_match_statement {
            search_string         = "/admin"
            positional_constraint = "STARTS_WITH"
            field_to_match {
              uri_path {}
            }
            text_transformation {
              priority = 0
              type     = "URL_DECODE"
            }
          }
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "office"
      sampled_requests_enabled   = true
    }
  }

  rule {
    name     = "common"
    priority = 1
    override_action {
      none {}
    }
    statement {
      managed_rule_group_statement {
        name        = "AWSManagedRulesCommonRuleSet"
        vendor_name = "AWS"
        rule_action_override {
          name = "SizeRestrictions_BODY"
          action_to_use {
            count {}
          }
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "common"
      sampled_requests_enabled   = true
    }
  }

  rule {
    name     = "own"
    priority = 2
    override_action {
      none {}
    }
    statement {
      rule_group_reference_statement {
        arn = aws_wafv2_rule_group.own.arn
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "own-group"
      sampled_requests_enabled   = true
    }
  }

  rule {
    name     = "rate"
    priority = 3
    action {
      captcha {}
    }
    statement {
      rate_based_statement {
        limit                 = var.stage == "first" ? 1000 : 500
        aggregate_key_type    = "IP"
        evaluation_window_sec = 60
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "rate"
      sampled_requests_enabled   = true
    }
  }

  visibility_config {
    cloudwatch_metrics_enabled = true
    metric_name                = "main"
    sampled_requests_enabled   = true
  }
  tags = { stage = var.stage }
}

resource "aws_cloudwatch_log_group" "waf" {
  name = "aws-waf-logs-terraform"
}

resource "aws_wafv2_web_acl_logging_configuration" "main" {
  resource_arn            = aws_wafv2_web_acl.main.arn
  log_destination_configs = [aws_cloudwatch_log_group.waf.arn]
  redacted_fields {
    single_header {
      name = "authorization"
    }
  }
  logging_filter {
    default_behavior = "KEEP"
    filter {
      behavior    = var.stage == "first" ? "DROP" : "KEEP"
      requirement = "MEETS_ANY"
      condition {
        action_condition {
          action = "COUNT"
        }
      }
    }
  }
}

data "aws_vpc" "default" {
  default = true
}

data "aws_subnets" "default" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.default.id]
  }
}

resource "aws_lb" "front" {
  name               = "terraform-waf"
  internal           = true
  load_balancer_type = "application"
  subnets            = slice(sort(data.aws_subnets.default.ids), 0, 2)
}

resource "aws_wafv2_web_acl_association" "front" {
  resource_arn = aws_lb.front.arn
  web_acl_arn  = aws_wafv2_web_acl.main.arn
}

resource "aws_wafv2_api_key" "main" {
  scope         = "REGIONAL"
  token_domains = ["example.com"]
}

data "aws_wafv2_web_acl" "main" {
  name       = aws_wafv2_web_acl.main.name
  scope      = "REGIONAL"
  depends_on = [aws_wafv2_web_acl.main]
}

output "found_arn" {
  value = data.aws_wafv2_web_acl.main.arn
}

output "arn" {
  value = aws_wafv2_web_acl.main.arn
}

output "capacity" {
  value = aws_wafv2_web_acl.main.capacity
}
