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

data "aws_cloudfront_cache_policy" "optimized" {
  name = "Managed-CachingOptimized"
}

data "aws_cloudfront_cache_policy" "disabled" {
  name = "Managed-CachingDisabled"
}

data "aws_cloudfront_origin_request_policy" "all" {
  name = "Managed-AllViewerExceptHostHeader"
}

resource "aws_wafv2_web_acl" "site" {
  name  = "terraform-site"
  scope = "CLOUDFRONT"

  default_action {
    allow {}
  }

  visibility_config {
    cloudwatch_metrics_enabled = true
    metric_name                = "site"
    sampled_requests_enabled   = true
  }
}

resource "aws_cloudfront_distribution" "site" {
  # The provider waits for half a minute when it disables what it destroys.
  enabled             = local.is_first
  comment             = "of ${var.stage}"
  default_root_object = "index.html"
  is_ipv6_enabled     = true
  http_version        = "http2"
  price_class         = local.is_first ? "PriceClass_All" : "PriceClass_100"
  aliases             = ["site.example.com"]
  web_acl_id          = local.is_first ? null : aws_wafv2_web_acl.site.arn
  wait_for_deployment = false
  tags                = { stage = var.stage }

  origin {
    origin_id   = "app"
    domain_name = "app.example.com"
    origin_path = local.is_first ? "" : "/v2"

    custom_origin_config {
      http_port              = 80
      https_port             = 443
      origin_protocol_policy = "http-only"
      origin_ssl_protocols   = ["TLSv1.2"]
    }

    custom_header {
      name  = "X-Stage"
      value = var.stage
    }
  }

  default_cache_behavior {
    target_origin_id       = "app"
    viewer_protocol_policy = "allow-all"
    allowed_methods        = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
    cached_methods         = ["GET", "HEAD"]
    cache_policy_id        = data.aws_cloudfront_cache_policy.optimized.id
  }

  ordered_cache_behavior {
    path_pattern             = "/api/*"
    target_origin_id         = "app"
    viewer_protocol_policy   = "allow-all"
    allowed_methods          = ["GET", "HEAD"]
    cached_methods           = ["GET", "HEAD"]
    cache_policy_id          = data.aws_cloudfront_cache_policy.disabled.id
    origin_request_policy_id = data.aws_cloudfront_origin_request_policy.all.id
  }

  ordered_cache_behavior {
    path_pattern           = "/old/*"
    target_origin_id       = "app"
    viewer_protocol_policy = "allow-all"
    allowed_methods        = ["GET", "HEAD"]
    cached_methods         = ["GET", "HEAD"]
    min_ttl                = 0
    default_ttl            = local.is_first ? 60 : 120
    max_ttl                = 3600

    forwarded_values {
      query_string = true
      headers      = ["Accept-Language"]

      cookies {
        forward           = "whitelist"
        whitelisted_names = ["session"]
      }
    }
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    cloudfront_default_certificate = true
  }
}

data "aws_cloudfront_distribution" "site" {
  id = aws_cloudfront_distribution.site.id
}

output "arn" { value = aws_cloudfront_distribution.site.arn }
output "id" { value = aws_cloudfront_distribution.site.id }
output "domain_name" { value = aws_cloudfront_distribution.site.domain_name }
output "found_domain_name" { value = data.aws_cloudfront_distribution.site.domain_name }
output "status" { value = data.aws_cloudfront_distribution.site.status }
output "is_protected" { value = data.aws_cloudfront_distribution.site.web_acl_id == aws_wafv2_web_acl.site.arn }
