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

resource "aws_api_gateway_rest_api" "pets" {
  name               = "terraform-pets"
  description        = "of ${var.stage}"
  binary_media_types = ["image/png"]
  tags               = { stage = var.stage }

  endpoint_configuration {
    types = ["REGIONAL"]
  }
}

resource "aws_api_gateway_rest_api_policy" "pets" {
  rest_api_id = aws_api_gateway_rest_api.pets.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = "*"
      Action    = "execute-api:Invoke"
      Resource  = "${aws_api_gateway_rest_api.pets.execution_arn}/*"
    }]
  })
}

resource "aws_api_gateway_resource" "pets" {
  rest_api_id = aws_api_gateway_rest_api.pets.id
  parent_id   = aws_api_gateway_rest_api.pets.root_resource_id
  path_part   = "pets"
}

resource "aws_api_gateway_resource" "rest" {
  rest_api_id = aws_api_gateway_rest_api.pets.id
  parent_id   = aws_api_gateway_resource.pets.id
  path_part   = "{rest+}"
}

resource "aws_api_gateway_method" "list" {
  rest_api_id   = aws_api_gateway_rest_api.pets.id
  resource_id   = aws_api_gateway_resource.pets.id
  http_method   = "GET"
  authorization = "NONE"
}

resource "aws_api_gateway_integration" "list" {
  rest_api_id       = aws_api_gateway_rest_api.pets.id
  resource_id       = aws_api_gateway_resource.pets.id
  http_method       = aws_api_gateway_method.list.http_method
  type              = "MOCK"
  request_templates = { "application/json" = jsonencode({ statusCode = 200 }) }
}

resource "aws_api_gateway_method_response" "list" {
  rest_api_id         = aws_api_gateway_rest_api.pets.id
  resource_id         = aws_api_gateway_resource.pets.id
  http_method         = aws_api_gateway_method.list.http_method
  status_code         = "200"
  response_parameters = { "method.response.header.X-Stage" = local.is_first }
}

resource "aws_api_gateway_integration_response" "list" {
  rest_api_id         = aws_api_gateway_rest_api.pets.id
  resource_id         = aws_api_gateway_resource.pets.id
  http_method         = aws_api_gateway_method.list.http_method
  status_code         = aws_api_gateway_method_response.list.status_code
  response_templates  = { "application/json" = jsonencode({ pets = [var.stage] }) }
  response_parameters = { "method.response.header.X-Stage" = "'${var.stage}'" }
  depends_on          = [aws_api_gateway_integration.list]
}

resource "aws_api_gateway_method" "rest" {
  rest_api_id        = aws_api_gateway_rest_api.pets.id
  resource_id        = aws_api_gateway_resource.rest.id
  http_method        = "ANY"
  authorization      = "NONE"
  request_parameters = { "method.request.path.rest" = true }
}

resource "aws_api_gateway_integration" "rest" {
  rest_api_id             = aws_api_gateway_rest_api.pets.id
  resource_id             = aws_api_gateway_resource.rest.id
  http_method             = aws_api_gateway_method.rest.http_method
  type                    = "HTTP_PROXY"
  integration_http_method = "ANY"
  uri                     = "http://127.0.0.1:9/{rest}"
  timeout_milliseconds    = local.is_first ? 29000 : 5000
  request_parameters      = { "integration.request.path.rest" = "method.request.path.rest" }
}

resource "aws_api_gateway_deployment" "pets" {
  rest_api_id = aws_api_gateway_rest_api.pets.id
  description = var.stage
  triggers    = { stage = var.stage }

  lifecycle {
    create_before_destroy = true
  }

  depends_on = [
    aws_api_gateway_integration_response.list,
    aws_api_gateway_integration.rest,
    aws_api_gateway_rest_api_policy.pets,
  ]
}

resource "aws_api_gateway_stage" "live" {
  rest_api_id   = aws_api_gateway_rest_api.pets.id
  deployment_id = aws_api_gateway_deployment.pets.id
  stage_name    = "live"
  description   = "of ${var.stage}"
  variables     = { shelf = var.stage }
  tags          = { stage = var.stage }
}

resource "aws_api_gateway_method_settings" "live" {
  rest_api_id = aws_api_gateway_rest_api.pets.id
  stage_name  = aws_api_gateway_stage.live.stage_name
  method_path = "*/*"

  settings {
    metrics_enabled        = true
    throttling_burst_limit = local.is_first ? 50 : 60
    throttling_rate_limit  = 100
  }
}

data "aws_api_gateway_rest_api" "pets" {
  name       = aws_api_gateway_rest_api.pets.name
  depends_on = [aws_api_gateway_stage.live]
}

data "aws_api_gateway_resource" "rest" {
  rest_api_id = aws_api_gateway_rest_api.pets.id
  path        = aws_api_gateway_resource.rest.path
}

output "execution_arn" { value = aws_api_gateway_rest_api.pets.execution_arn }
output "api_id" { value = aws_api_gateway_rest_api.pets.id }
output "found_api" { value = data.aws_api_gateway_rest_api.pets.id }
output "found_resource" { value = data.aws_api_gateway_resource.rest.id }
output "resource" { value = aws_api_gateway_resource.rest.id }
output "stage_arn" { value = aws_api_gateway_stage.live.arn }
