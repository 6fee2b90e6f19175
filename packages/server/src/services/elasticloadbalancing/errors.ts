import {
  CertificateNotFoundException$,
  DuplicateListenerException$,
  DuplicateLoadBalancerNameException$,
  DuplicateTargetGroupNameException$,
  InvalidConfigurationRequestException$,
  InvalidTargetException$,
  ListenerNotFoundException$,
  LoadBalancerNotFoundException$,
  OperationNotPermittedException$,
  PriorityInUseException$,
  ResourceInUseException$,
  RuleNotFoundException$,
  SSLPolicyNotFoundException$,
  SubnetNotFoundException$,
  TargetGroupNotFoundException$,
  UnsupportedProtocolException$,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { awsError, commonError, type AwsError } from '../../kernel/errors.ts'

/** 400 ValidationError, which no model lists. */
export const invalid = (message: string): AwsError => commonError('ValidationError', message)

/** LoadBalancerNotFound. */
export const noLoadBalancer = (what?: string): AwsError =>
  awsError(
    LoadBalancerNotFoundException$,
    what === undefined
      ? 'One or more load balancers not found'
      : `Load balancer '${what}' not found`,
  )

/** ListenerNotFound. */
export const noListener = (): AwsError =>
  awsError(ListenerNotFoundException$, 'One or more listeners not found')

/** RuleNotFound. */
export const noRule = (): AwsError =>
  awsError(RuleNotFoundException$, 'One or more rules not found')

/** TargetGroupNotFound. */
export const noTargetGroup = (): AwsError =>
  awsError(TargetGroupNotFoundException$, 'One or more target groups not found')

/** DuplicateLoadBalancerName. */
export const loadBalancerExists = (name: string): AwsError =>
  awsError(
    DuplicateLoadBalancerNameException$,
    `A load balancer with the same name '${name}' exists, but with different settings`,
  )

/** DuplicateTargetGroupName. */
export const targetGroupExists = (name: string): AwsError =>
  awsError(
    DuplicateTargetGroupNameException$,
    `A target group with the same name '${name}' exists, but with different settings`,
  )

/** DuplicateListener. */
export const listenerExists = (): AwsError =>
  awsError(
    DuplicateListenerException$,
    'A listener already exists on this port for this load balancer',
  )

/** PriorityInUse. */
export const priorityInUse = (priority: number): AwsError =>
  awsError(PriorityInUseException$, `Priority '${priority}' is currently in use`)

/** ResourceInUse. */
export const inUse = (message: string): AwsError => awsError(ResourceInUseException$, message)

/** OperationNotPermitted. */
export const notPermitted = (message: string): AwsError =>
  awsError(OperationNotPermittedException$, message)

/** InvalidConfigurationRequest. */
export const wrongConfiguration = (message: string): AwsError =>
  awsError(InvalidConfigurationRequestException$, message)

/** InvalidTarget. */
export const wrongTarget = (message: string): AwsError => awsError(InvalidTargetException$, message)

/** CertificateNotFound. */
export const noCertificate = (arn: string): AwsError =>
  awsError(CertificateNotFoundException$, `Certificate '${arn}' not found`)

/** SSLPolicyNotFound. */
export const noPolicy = (name: string): AwsError =>
  awsError(SSLPolicyNotFoundException$, `SSL policy '${name}' not found`)

/** SubnetNotFound. */
export const noSubnet = (id: string): AwsError =>
  awsError(SubnetNotFoundException$, `The subnet ID '${id}' does not exist`)

/** UnsupportedProtocol. */
export const unsupportedProtocol = (message: string): AwsError =>
  awsError(UnsupportedProtocolException$, message)
