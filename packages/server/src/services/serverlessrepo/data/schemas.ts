// Written by `python3 scripts/generate-schemas.py` from the service's public model.
import type { StaticErrorSchema, StaticListSchema, StaticOperationSchema, StaticStructureSchema } from '@smithy/types'

const Unit = 'unit' as const
export const ApplicationDependencySummary$: StaticStructureSchema = [3, "com.amazonaws.serverlessapplicationrepository", "ApplicationDependencySummary", 0, ["ApplicationId", "SemanticVersion"], [[0, {"jsonName": "applicationId"}], [0, {"jsonName": "semanticVersion"}]], 2]
export interface ApplicationDependencySummary {
  readonly ApplicationId: string | undefined
  readonly SemanticVersion: string | undefined
}
export const ApplicationPolicyStatement$: StaticStructureSchema = [3, "com.amazonaws.serverlessapplicationrepository", "ApplicationPolicyStatement", 0, ["Actions", "Principals", "PrincipalOrgIDs", "StatementId"], [[64 | 0, {"jsonName": "actions"}], [64 | 0, {"jsonName": "principals"}], [64 | 0, {"jsonName": "principalOrgIDs"}], [0, {"jsonName": "statementId"}]], 2]
export interface ApplicationPolicyStatement {
  readonly Actions: readonly (string)[] | undefined
  readonly Principals: readonly (string)[] | undefined
  readonly PrincipalOrgIDs?: readonly (string)[] | undefined
  readonly StatementId?: string | undefined
}
export const ApplicationSummary$: StaticStructureSchema = [3, "com.amazonaws.serverlessapplicationrepository", "ApplicationSummary", 0, ["ApplicationId", "Author", "Description", "Name", "CreationTime", "HomePageUrl", "Labels", "SpdxLicenseId"], [[0, {"jsonName": "applicationId"}], [0, {"jsonName": "author"}], [0, {"jsonName": "description"}], [0, {"jsonName": "name"}], [0, {"jsonName": "creationTime"}], [0, {"jsonName": "homePageUrl"}], [64 | 0, {"jsonName": "labels"}], [0, {"jsonName": "spdxLicenseId"}]], 4]
export interface ApplicationSummary {
  readonly ApplicationId: string | undefined
  readonly Author: string | undefined
  readonly Description: string | undefined
  readonly Name: string | undefined
  readonly CreationTime?: string | undefined
  readonly HomePageUrl?: string | undefined
  readonly Labels?: readonly (string)[] | undefined
  readonly SpdxLicenseId?: string | undefined
}
export const BadRequestException$: StaticErrorSchema = [-3, "com.amazonaws.serverlessapplicationrepository", "BadRequestException", {"error": "client", "httpError": 400}, ["ErrorCode", "Message"], [[0, {"jsonName": "errorCode"}], [0, {"jsonName": "message"}]]]
export const ConflictException$: StaticErrorSchema = [-3, "com.amazonaws.serverlessapplicationrepository", "ConflictException", {"error": "client", "httpError": 409}, ["ErrorCode", "Message"], [[0, {"jsonName": "errorCode"}], [0, {"jsonName": "message"}]]]
export const CreateApplicationRequest$: StaticStructureSchema = [3, "com.amazonaws.serverlessapplicationrepository", "CreateApplicationRequest", 0, ["Author", "Description", "Name", "HomePageUrl", "Labels", "LicenseBody", "LicenseUrl", "ReadmeBody", "ReadmeUrl", "SemanticVersion", "SourceCodeArchiveUrl", "SourceCodeUrl", "SpdxLicenseId", "TemplateBody", "TemplateUrl"], [[0, {"jsonName": "author"}], [0, {"jsonName": "description"}], [0, {"jsonName": "name"}], [0, {"jsonName": "homePageUrl"}], [64 | 0, {"jsonName": "labels"}], [0, {"jsonName": "licenseBody"}], [0, {"jsonName": "licenseUrl"}], [0, {"jsonName": "readmeBody"}], [0, {"jsonName": "readmeUrl"}], [0, {"jsonName": "semanticVersion"}], [0, {"jsonName": "sourceCodeArchiveUrl"}], [0, {"jsonName": "sourceCodeUrl"}], [0, {"jsonName": "spdxLicenseId"}], [0, {"jsonName": "templateBody"}], [0, {"jsonName": "templateUrl"}]], 3]
export interface CreateApplicationRequest {
  readonly Author: string | undefined
  readonly Description: string | undefined
  readonly Name: string | undefined
  readonly HomePageUrl?: string | undefined
  readonly Labels?: readonly (string)[] | undefined
  readonly LicenseBody?: string | undefined
  readonly LicenseUrl?: string | undefined
  readonly ReadmeBody?: string | undefined
  readonly ReadmeUrl?: string | undefined
  readonly SemanticVersion?: string | undefined
  readonly SourceCodeArchiveUrl?: string | undefined
  readonly SourceCodeUrl?: string | undefined
  readonly SpdxLicenseId?: string | undefined
  readonly TemplateBody?: string | undefined
  readonly TemplateUrl?: string | undefined
}
export const CreateApplicationResponse$: StaticStructureSchema = [3, "com.amazonaws.serverlessapplicationrepository", "CreateApplicationResponse", 0, ["ApplicationId", "Author", "CreationTime", "Description", "HomePageUrl", "IsVerifiedAuthor", "Labels", "LicenseUrl", "Name", "ReadmeUrl", "SpdxLicenseId", "VerifiedAuthorUrl", "Version"], [[0, {"jsonName": "applicationId"}], [0, {"jsonName": "author"}], [0, {"jsonName": "creationTime"}], [0, {"jsonName": "description"}], [0, {"jsonName": "homePageUrl"}], [2, {"jsonName": "isVerifiedAuthor"}], [64 | 0, {"jsonName": "labels"}], [0, {"jsonName": "licenseUrl"}], [0, {"jsonName": "name"}], [0, {"jsonName": "readmeUrl"}], [0, {"jsonName": "spdxLicenseId"}], [0, {"jsonName": "verifiedAuthorUrl"}], [() => Version$, {"jsonName": "version"}]]]
export interface CreateApplicationResponse {
  readonly ApplicationId?: string | undefined
  readonly Author?: string | undefined
  readonly CreationTime?: string | undefined
  readonly Description?: string | undefined
  readonly HomePageUrl?: string | undefined
  readonly IsVerifiedAuthor?: boolean | undefined
  readonly Labels?: readonly (string)[] | undefined
  readonly LicenseUrl?: string | undefined
  readonly Name?: string | undefined
  readonly ReadmeUrl?: string | undefined
  readonly SpdxLicenseId?: string | undefined
  readonly VerifiedAuthorUrl?: string | undefined
  readonly Version?: Version | undefined
}
export const CreateApplicationVersionRequest$: StaticStructureSchema = [3, "com.amazonaws.serverlessapplicationrepository", "CreateApplicationVersionRequest", 0, ["ApplicationId", "SemanticVersion", "SourceCodeArchiveUrl", "SourceCodeUrl", "TemplateBody", "TemplateUrl"], [[0, {"httpLabel": 1}], [0, {"httpLabel": 1}], [0, {"jsonName": "sourceCodeArchiveUrl"}], [0, {"jsonName": "sourceCodeUrl"}], [0, {"jsonName": "templateBody"}], [0, {"jsonName": "templateUrl"}]], 2]
export interface CreateApplicationVersionRequest {
  readonly ApplicationId: string | undefined
  readonly SemanticVersion: string | undefined
  readonly SourceCodeArchiveUrl?: string | undefined
  readonly SourceCodeUrl?: string | undefined
  readonly TemplateBody?: string | undefined
  readonly TemplateUrl?: string | undefined
}
export const CreateApplicationVersionResponse$: StaticStructureSchema = [3, "com.amazonaws.serverlessapplicationrepository", "CreateApplicationVersionResponse", 0, ["ApplicationId", "CreationTime", "ParameterDefinitions", "RequiredCapabilities", "ResourcesSupported", "SemanticVersion", "SourceCodeArchiveUrl", "SourceCodeUrl", "TemplateUrl"], [[0, {"jsonName": "applicationId"}], [0, {"jsonName": "creationTime"}], [() => listOfParameterDefinition$, {"jsonName": "parameterDefinitions"}], [64 | 0, {"jsonName": "requiredCapabilities"}], [2, {"jsonName": "resourcesSupported"}], [0, {"jsonName": "semanticVersion"}], [0, {"jsonName": "sourceCodeArchiveUrl"}], [0, {"jsonName": "sourceCodeUrl"}], [0, {"jsonName": "templateUrl"}]]]
export interface CreateApplicationVersionResponse {
  readonly ApplicationId?: string | undefined
  readonly CreationTime?: string | undefined
  readonly ParameterDefinitions?: readonly (ParameterDefinition)[] | undefined
  readonly RequiredCapabilities?: readonly ('CAPABILITY_IAM' | 'CAPABILITY_NAMED_IAM' | 'CAPABILITY_AUTO_EXPAND' | 'CAPABILITY_RESOURCE_POLICY')[] | undefined
  readonly ResourcesSupported?: boolean | undefined
  readonly SemanticVersion?: string | undefined
  readonly SourceCodeArchiveUrl?: string | undefined
  readonly SourceCodeUrl?: string | undefined
  readonly TemplateUrl?: string | undefined
}
export const CreateCloudFormationChangeSetRequest$: StaticStructureSchema = [3, "com.amazonaws.serverlessapplicationrepository", "CreateCloudFormationChangeSetRequest", 0, ["ApplicationId", "StackName", "Capabilities", "ChangeSetName", "ClientToken", "Description", "NotificationArns", "ParameterOverrides", "ResourceTypes", "RollbackConfiguration", "SemanticVersion", "Tags", "TemplateId"], [[0, {"httpLabel": 1}], [0, {"jsonName": "stackName"}], [64 | 0, {"jsonName": "capabilities"}], [0, {"jsonName": "changeSetName"}], [0, {"jsonName": "clientToken"}], [0, {"jsonName": "description"}], [64 | 0, {"jsonName": "notificationArns"}], [() => listOfParameterValue$, {"jsonName": "parameterOverrides"}], [64 | 0, {"jsonName": "resourceTypes"}], [() => RollbackConfiguration$, {"jsonName": "rollbackConfiguration"}], [0, {"jsonName": "semanticVersion"}], [() => listOfTag$, {"jsonName": "tags"}], [0, {"jsonName": "templateId"}]], 2]
export interface CreateCloudFormationChangeSetRequest {
  readonly ApplicationId: string | undefined
  readonly StackName: string | undefined
  readonly Capabilities?: readonly (string)[] | undefined
  readonly ChangeSetName?: string | undefined
  readonly ClientToken?: string | undefined
  readonly Description?: string | undefined
  readonly NotificationArns?: readonly (string)[] | undefined
  readonly ParameterOverrides?: readonly (ParameterValue)[] | undefined
  readonly ResourceTypes?: readonly (string)[] | undefined
  readonly RollbackConfiguration?: RollbackConfiguration | undefined
  readonly SemanticVersion?: string | undefined
  readonly Tags?: readonly (Tag)[] | undefined
  readonly TemplateId?: string | undefined
}
export const CreateCloudFormationChangeSetResponse$: StaticStructureSchema = [3, "com.amazonaws.serverlessapplicationrepository", "CreateCloudFormationChangeSetResponse", 0, ["ApplicationId", "ChangeSetId", "SemanticVersion", "StackId"], [[0, {"jsonName": "applicationId"}], [0, {"jsonName": "changeSetId"}], [0, {"jsonName": "semanticVersion"}], [0, {"jsonName": "stackId"}]]]
export interface CreateCloudFormationChangeSetResponse {
  readonly ApplicationId?: string | undefined
  readonly ChangeSetId?: string | undefined
  readonly SemanticVersion?: string | undefined
  readonly StackId?: string | undefined
}
export const CreateCloudFormationTemplateRequest$: StaticStructureSchema = [3, "com.amazonaws.serverlessapplicationrepository", "CreateCloudFormationTemplateRequest", 0, ["ApplicationId", "SemanticVersion"], [[0, {"httpLabel": 1}], [0, {"jsonName": "semanticVersion"}]], 1]
export interface CreateCloudFormationTemplateRequest {
  readonly ApplicationId: string | undefined
  readonly SemanticVersion?: string | undefined
}
export const CreateCloudFormationTemplateResponse$: StaticStructureSchema = [3, "com.amazonaws.serverlessapplicationrepository", "CreateCloudFormationTemplateResponse", 0, ["ApplicationId", "CreationTime", "ExpirationTime", "SemanticVersion", "Status", "TemplateId", "TemplateUrl"], [[0, {"jsonName": "applicationId"}], [0, {"jsonName": "creationTime"}], [0, {"jsonName": "expirationTime"}], [0, {"jsonName": "semanticVersion"}], [0, {"jsonName": "status"}], [0, {"jsonName": "templateId"}], [0, {"jsonName": "templateUrl"}]]]
export interface CreateCloudFormationTemplateResponse {
  readonly ApplicationId?: string | undefined
  readonly CreationTime?: string | undefined
  readonly ExpirationTime?: string | undefined
  readonly SemanticVersion?: string | undefined
  readonly Status?: 'PREPARING' | 'ACTIVE' | 'EXPIRED' | undefined
  readonly TemplateId?: string | undefined
  readonly TemplateUrl?: string | undefined
}
export const DeleteApplicationRequest$: StaticStructureSchema = [3, "com.amazonaws.serverlessapplicationrepository", "DeleteApplicationRequest", 0, ["ApplicationId"], [[0, {"httpLabel": 1}]], 1]
export interface DeleteApplicationRequest {
  readonly ApplicationId: string | undefined
}
export const ForbiddenException$: StaticErrorSchema = [-3, "com.amazonaws.serverlessapplicationrepository", "ForbiddenException", {"error": "client", "httpError": 403}, ["ErrorCode", "Message"], [[0, {"jsonName": "errorCode"}], [0, {"jsonName": "message"}]]]
export const GetApplicationPolicyRequest$: StaticStructureSchema = [3, "com.amazonaws.serverlessapplicationrepository", "GetApplicationPolicyRequest", 0, ["ApplicationId"], [[0, {"httpLabel": 1}]], 1]
export interface GetApplicationPolicyRequest {
  readonly ApplicationId: string | undefined
}
export const GetApplicationPolicyResponse$: StaticStructureSchema = [3, "com.amazonaws.serverlessapplicationrepository", "GetApplicationPolicyResponse", 0, ["Statements"], [[() => listOfApplicationPolicyStatement$, {"jsonName": "statements"}]]]
export interface GetApplicationPolicyResponse {
  readonly Statements?: readonly (ApplicationPolicyStatement)[] | undefined
}
export const GetApplicationRequest$: StaticStructureSchema = [3, "com.amazonaws.serverlessapplicationrepository", "GetApplicationRequest", 0, ["ApplicationId", "SemanticVersion"], [[0, {"httpLabel": 1}], [0, {"httpQuery": "semanticVersion"}]], 1]
export interface GetApplicationRequest {
  readonly ApplicationId: string | undefined
  readonly SemanticVersion?: string | undefined
}
export const GetApplicationResponse$: StaticStructureSchema = [3, "com.amazonaws.serverlessapplicationrepository", "GetApplicationResponse", 0, ["ApplicationId", "Author", "CreationTime", "Description", "HomePageUrl", "IsVerifiedAuthor", "Labels", "LicenseUrl", "Name", "ReadmeUrl", "SpdxLicenseId", "VerifiedAuthorUrl", "Version"], [[0, {"jsonName": "applicationId"}], [0, {"jsonName": "author"}], [0, {"jsonName": "creationTime"}], [0, {"jsonName": "description"}], [0, {"jsonName": "homePageUrl"}], [2, {"jsonName": "isVerifiedAuthor"}], [64 | 0, {"jsonName": "labels"}], [0, {"jsonName": "licenseUrl"}], [0, {"jsonName": "name"}], [0, {"jsonName": "readmeUrl"}], [0, {"jsonName": "spdxLicenseId"}], [0, {"jsonName": "verifiedAuthorUrl"}], [() => Version$, {"jsonName": "version"}]]]
export interface GetApplicationResponse {
  readonly ApplicationId?: string | undefined
  readonly Author?: string | undefined
  readonly CreationTime?: string | undefined
  readonly Description?: string | undefined
  readonly HomePageUrl?: string | undefined
  readonly IsVerifiedAuthor?: boolean | undefined
  readonly Labels?: readonly (string)[] | undefined
  readonly LicenseUrl?: string | undefined
  readonly Name?: string | undefined
  readonly ReadmeUrl?: string | undefined
  readonly SpdxLicenseId?: string | undefined
  readonly VerifiedAuthorUrl?: string | undefined
  readonly Version?: Version | undefined
}
export const GetCloudFormationTemplateRequest$: StaticStructureSchema = [3, "com.amazonaws.serverlessapplicationrepository", "GetCloudFormationTemplateRequest", 0, ["ApplicationId", "TemplateId"], [[0, {"httpLabel": 1}], [0, {"httpLabel": 1}]], 2]
export interface GetCloudFormationTemplateRequest {
  readonly ApplicationId: string | undefined
  readonly TemplateId: string | undefined
}
export const GetCloudFormationTemplateResponse$: StaticStructureSchema = [3, "com.amazonaws.serverlessapplicationrepository", "GetCloudFormationTemplateResponse", 0, ["ApplicationId", "CreationTime", "ExpirationTime", "SemanticVersion", "Status", "TemplateId", "TemplateUrl"], [[0, {"jsonName": "applicationId"}], [0, {"jsonName": "creationTime"}], [0, {"jsonName": "expirationTime"}], [0, {"jsonName": "semanticVersion"}], [0, {"jsonName": "status"}], [0, {"jsonName": "templateId"}], [0, {"jsonName": "templateUrl"}]]]
export interface GetCloudFormationTemplateResponse {
  readonly ApplicationId?: string | undefined
  readonly CreationTime?: string | undefined
  readonly ExpirationTime?: string | undefined
  readonly SemanticVersion?: string | undefined
  readonly Status?: 'PREPARING' | 'ACTIVE' | 'EXPIRED' | undefined
  readonly TemplateId?: string | undefined
  readonly TemplateUrl?: string | undefined
}
export const InternalServerErrorException$: StaticErrorSchema = [-3, "com.amazonaws.serverlessapplicationrepository", "InternalServerErrorException", {"error": "server", "httpError": 500}, ["ErrorCode", "Message"], [[0, {"jsonName": "errorCode"}], [0, {"jsonName": "message"}]]]
export const ListApplicationDependenciesRequest$: StaticStructureSchema = [3, "com.amazonaws.serverlessapplicationrepository", "ListApplicationDependenciesRequest", 0, ["ApplicationId", "MaxItems", "NextToken", "SemanticVersion"], [[0, {"httpLabel": 1}], [1, {"httpQuery": "maxItems"}], [0, {"httpQuery": "nextToken"}], [0, {"httpQuery": "semanticVersion"}]], 1]
export interface ListApplicationDependenciesRequest {
  readonly ApplicationId: string | undefined
  readonly MaxItems?: number | undefined
  readonly NextToken?: string | undefined
  readonly SemanticVersion?: string | undefined
}
export const ListApplicationDependenciesResponse$: StaticStructureSchema = [3, "com.amazonaws.serverlessapplicationrepository", "ListApplicationDependenciesResponse", 0, ["Dependencies", "NextToken"], [[() => listOfApplicationDependencySummary$, {"jsonName": "dependencies"}], [0, {"jsonName": "nextToken"}]]]
export interface ListApplicationDependenciesResponse {
  readonly Dependencies?: readonly (ApplicationDependencySummary)[] | undefined
  readonly NextToken?: string | undefined
}
export const ListApplicationVersionsRequest$: StaticStructureSchema = [3, "com.amazonaws.serverlessapplicationrepository", "ListApplicationVersionsRequest", 0, ["ApplicationId", "MaxItems", "NextToken"], [[0, {"httpLabel": 1}], [1, {"httpQuery": "maxItems"}], [0, {"httpQuery": "nextToken"}]], 1]
export interface ListApplicationVersionsRequest {
  readonly ApplicationId: string | undefined
  readonly MaxItems?: number | undefined
  readonly NextToken?: string | undefined
}
export const ListApplicationVersionsResponse$: StaticStructureSchema = [3, "com.amazonaws.serverlessapplicationrepository", "ListApplicationVersionsResponse", 0, ["NextToken", "Versions"], [[0, {"jsonName": "nextToken"}], [() => listOfVersionSummary$, {"jsonName": "versions"}]]]
export interface ListApplicationVersionsResponse {
  readonly NextToken?: string | undefined
  readonly Versions?: readonly (VersionSummary)[] | undefined
}
export const ListApplicationsRequest$: StaticStructureSchema = [3, "com.amazonaws.serverlessapplicationrepository", "ListApplicationsRequest", 0, ["MaxItems", "NextToken"], [[1, {"httpQuery": "maxItems"}], [0, {"httpQuery": "nextToken"}]]]
export interface ListApplicationsRequest {
  readonly MaxItems?: number | undefined
  readonly NextToken?: string | undefined
}
export const ListApplicationsResponse$: StaticStructureSchema = [3, "com.amazonaws.serverlessapplicationrepository", "ListApplicationsResponse", 0, ["Applications", "NextToken"], [[() => listOfApplicationSummary$, {"jsonName": "applications"}], [0, {"jsonName": "nextToken"}]]]
export interface ListApplicationsResponse {
  readonly Applications?: readonly (ApplicationSummary)[] | undefined
  readonly NextToken?: string | undefined
}
export const NotFoundException$: StaticErrorSchema = [-3, "com.amazonaws.serverlessapplicationrepository", "NotFoundException", {"error": "client", "httpError": 404}, ["ErrorCode", "Message"], [[0, {"jsonName": "errorCode"}], [0, {"jsonName": "message"}]]]
export const ParameterDefinition$: StaticStructureSchema = [3, "com.amazonaws.serverlessapplicationrepository", "ParameterDefinition", 0, ["Name", "ReferencedByResources", "AllowedPattern", "AllowedValues", "ConstraintDescription", "DefaultValue", "Description", "MaxLength", "MaxValue", "MinLength", "MinValue", "NoEcho", "Type"], [[0, {"jsonName": "name"}], [64 | 0, {"jsonName": "referencedByResources"}], [0, {"jsonName": "allowedPattern"}], [64 | 0, {"jsonName": "allowedValues"}], [0, {"jsonName": "constraintDescription"}], [0, {"jsonName": "defaultValue"}], [0, {"jsonName": "description"}], [1, {"jsonName": "maxLength"}], [1, {"jsonName": "maxValue"}], [1, {"jsonName": "minLength"}], [1, {"jsonName": "minValue"}], [2, {"jsonName": "noEcho"}], [0, {"jsonName": "type"}]], 2]
export interface ParameterDefinition {
  readonly Name: string | undefined
  readonly ReferencedByResources: readonly (string)[] | undefined
  readonly AllowedPattern?: string | undefined
  readonly AllowedValues?: readonly (string)[] | undefined
  readonly ConstraintDescription?: string | undefined
  readonly DefaultValue?: string | undefined
  readonly Description?: string | undefined
  readonly MaxLength?: number | undefined
  readonly MaxValue?: number | undefined
  readonly MinLength?: number | undefined
  readonly MinValue?: number | undefined
  readonly NoEcho?: boolean | undefined
  readonly Type?: string | undefined
}
export const ParameterValue$: StaticStructureSchema = [3, "com.amazonaws.serverlessapplicationrepository", "ParameterValue", 0, ["Name", "Value"], [[0, {"jsonName": "name"}], [0, {"jsonName": "value"}]], 2]
export interface ParameterValue {
  readonly Name: string | undefined
  readonly Value: string | undefined
}
export const PutApplicationPolicyRequest$: StaticStructureSchema = [3, "com.amazonaws.serverlessapplicationrepository", "PutApplicationPolicyRequest", 0, ["ApplicationId", "Statements"], [[0, {"httpLabel": 1}], [() => listOfApplicationPolicyStatement$, {"jsonName": "statements"}]], 2]
export interface PutApplicationPolicyRequest {
  readonly ApplicationId: string | undefined
  readonly Statements: readonly (ApplicationPolicyStatement)[] | undefined
}
export const PutApplicationPolicyResponse$: StaticStructureSchema = [3, "com.amazonaws.serverlessapplicationrepository", "PutApplicationPolicyResponse", 0, ["Statements"], [[() => listOfApplicationPolicyStatement$, {"jsonName": "statements"}]]]
export interface PutApplicationPolicyResponse {
  readonly Statements?: readonly (ApplicationPolicyStatement)[] | undefined
}
export const RollbackConfiguration$: StaticStructureSchema = [3, "com.amazonaws.serverlessapplicationrepository", "RollbackConfiguration", 0, ["MonitoringTimeInMinutes", "RollbackTriggers"], [[1, {"jsonName": "monitoringTimeInMinutes"}], [() => listOfRollbackTrigger$, {"jsonName": "rollbackTriggers"}]]]
export interface RollbackConfiguration {
  readonly MonitoringTimeInMinutes?: number | undefined
  readonly RollbackTriggers?: readonly (RollbackTrigger)[] | undefined
}
export const RollbackTrigger$: StaticStructureSchema = [3, "com.amazonaws.serverlessapplicationrepository", "RollbackTrigger", 0, ["Arn", "Type"], [[0, {"jsonName": "arn"}], [0, {"jsonName": "type"}]], 2]
export interface RollbackTrigger {
  readonly Arn: string | undefined
  readonly Type: string | undefined
}
export const Tag$: StaticStructureSchema = [3, "com.amazonaws.serverlessapplicationrepository", "Tag", 0, ["Key", "Value"], [[0, {"jsonName": "key"}], [0, {"jsonName": "value"}]], 2]
export interface Tag {
  readonly Key: string | undefined
  readonly Value: string | undefined
}
export const TooManyRequestsException$: StaticErrorSchema = [-3, "com.amazonaws.serverlessapplicationrepository", "TooManyRequestsException", {"error": "client", "httpError": 429}, ["ErrorCode", "Message"], [[0, {"jsonName": "errorCode"}], [0, {"jsonName": "message"}]]]
export const UnshareApplicationRequest$: StaticStructureSchema = [3, "com.amazonaws.serverlessapplicationrepository", "UnshareApplicationRequest", 0, ["ApplicationId", "OrganizationId"], [[0, {"httpLabel": 1}], [0, {"jsonName": "organizationId"}]], 2]
export interface UnshareApplicationRequest {
  readonly ApplicationId: string | undefined
  readonly OrganizationId: string | undefined
}
export const UpdateApplicationRequest$: StaticStructureSchema = [3, "com.amazonaws.serverlessapplicationrepository", "UpdateApplicationRequest", 0, ["ApplicationId", "Author", "Description", "HomePageUrl", "Labels", "ReadmeBody", "ReadmeUrl"], [[0, {"httpLabel": 1}], [0, {"jsonName": "author"}], [0, {"jsonName": "description"}], [0, {"jsonName": "homePageUrl"}], [64 | 0, {"jsonName": "labels"}], [0, {"jsonName": "readmeBody"}], [0, {"jsonName": "readmeUrl"}]], 1]
export interface UpdateApplicationRequest {
  readonly ApplicationId: string | undefined
  readonly Author?: string | undefined
  readonly Description?: string | undefined
  readonly HomePageUrl?: string | undefined
  readonly Labels?: readonly (string)[] | undefined
  readonly ReadmeBody?: string | undefined
  readonly ReadmeUrl?: string | undefined
}
export const UpdateApplicationResponse$: StaticStructureSchema = [3, "com.amazonaws.serverlessapplicationrepository", "UpdateApplicationResponse", 0, ["ApplicationId", "Author", "CreationTime", "Description", "HomePageUrl", "IsVerifiedAuthor", "Labels", "LicenseUrl", "Name", "ReadmeUrl", "SpdxLicenseId", "VerifiedAuthorUrl", "Version"], [[0, {"jsonName": "applicationId"}], [0, {"jsonName": "author"}], [0, {"jsonName": "creationTime"}], [0, {"jsonName": "description"}], [0, {"jsonName": "homePageUrl"}], [2, {"jsonName": "isVerifiedAuthor"}], [64 | 0, {"jsonName": "labels"}], [0, {"jsonName": "licenseUrl"}], [0, {"jsonName": "name"}], [0, {"jsonName": "readmeUrl"}], [0, {"jsonName": "spdxLicenseId"}], [0, {"jsonName": "verifiedAuthorUrl"}], [() => Version$, {"jsonName": "version"}]]]
export interface UpdateApplicationResponse {
  readonly ApplicationId?: string | undefined
  readonly Author?: string | undefined
  readonly CreationTime?: string | undefined
  readonly Description?: string | undefined
  readonly HomePageUrl?: string | undefined
  readonly IsVerifiedAuthor?: boolean | undefined
  readonly Labels?: readonly (string)[] | undefined
  readonly LicenseUrl?: string | undefined
  readonly Name?: string | undefined
  readonly ReadmeUrl?: string | undefined
  readonly SpdxLicenseId?: string | undefined
  readonly VerifiedAuthorUrl?: string | undefined
  readonly Version?: Version | undefined
}
export const Version$: StaticStructureSchema = [3, "com.amazonaws.serverlessapplicationrepository", "Version", 0, ["ApplicationId", "CreationTime", "ParameterDefinitions", "RequiredCapabilities", "ResourcesSupported", "SemanticVersion", "TemplateUrl", "SourceCodeArchiveUrl", "SourceCodeUrl"], [[0, {"jsonName": "applicationId"}], [0, {"jsonName": "creationTime"}], [() => listOfParameterDefinition$, {"jsonName": "parameterDefinitions"}], [64 | 0, {"jsonName": "requiredCapabilities"}], [2, {"jsonName": "resourcesSupported"}], [0, {"jsonName": "semanticVersion"}], [0, {"jsonName": "templateUrl"}], [0, {"jsonName": "sourceCodeArchiveUrl"}], [0, {"jsonName": "sourceCodeUrl"}]], 7]
export interface Version {
  readonly ApplicationId: string | undefined
  readonly CreationTime: string | undefined
  readonly ParameterDefinitions: readonly (ParameterDefinition)[] | undefined
  readonly RequiredCapabilities: readonly ('CAPABILITY_IAM' | 'CAPABILITY_NAMED_IAM' | 'CAPABILITY_AUTO_EXPAND' | 'CAPABILITY_RESOURCE_POLICY')[] | undefined
  readonly ResourcesSupported: boolean | undefined
  readonly SemanticVersion: string | undefined
  readonly TemplateUrl: string | undefined
  readonly SourceCodeArchiveUrl?: string | undefined
  readonly SourceCodeUrl?: string | undefined
}
export const VersionSummary$: StaticStructureSchema = [3, "com.amazonaws.serverlessapplicationrepository", "VersionSummary", 0, ["ApplicationId", "CreationTime", "SemanticVersion", "SourceCodeUrl"], [[0, {"jsonName": "applicationId"}], [0, {"jsonName": "creationTime"}], [0, {"jsonName": "semanticVersion"}], [0, {"jsonName": "sourceCodeUrl"}]], 3]
export interface VersionSummary {
  readonly ApplicationId: string | undefined
  readonly CreationTime: string | undefined
  readonly SemanticVersion: string | undefined
  readonly SourceCodeUrl?: string | undefined
}
const listOfApplicationDependencySummary$: StaticListSchema = [1, "com.amazonaws.serverlessapplicationrepository", "__listOfApplicationDependencySummary", 0, () => ApplicationDependencySummary$]
const listOfApplicationPolicyStatement$: StaticListSchema = [1, "com.amazonaws.serverlessapplicationrepository", "__listOfApplicationPolicyStatement", 0, () => ApplicationPolicyStatement$]
const listOfApplicationSummary$: StaticListSchema = [1, "com.amazonaws.serverlessapplicationrepository", "__listOfApplicationSummary", 0, () => ApplicationSummary$]
const listOfParameterDefinition$: StaticListSchema = [1, "com.amazonaws.serverlessapplicationrepository", "__listOfParameterDefinition", 0, () => ParameterDefinition$]
const listOfParameterValue$: StaticListSchema = [1, "com.amazonaws.serverlessapplicationrepository", "__listOfParameterValue", 0, () => ParameterValue$]
const listOfRollbackTrigger$: StaticListSchema = [1, "com.amazonaws.serverlessapplicationrepository", "__listOfRollbackTrigger", 0, () => RollbackTrigger$]
const listOfTag$: StaticListSchema = [1, "com.amazonaws.serverlessapplicationrepository", "__listOfTag", 0, () => Tag$]
const listOfVersionSummary$: StaticListSchema = [1, "com.amazonaws.serverlessapplicationrepository", "__listOfVersionSummary", 0, () => VersionSummary$]
export const CreateApplication$: StaticOperationSchema = [9, "com.amazonaws.serverlessapplicationrepository", "CreateApplication", {"http": ["POST", "/applications", 201]}, () => CreateApplicationRequest$, () => CreateApplicationResponse$]
export const CreateApplicationVersion$: StaticOperationSchema = [9, "com.amazonaws.serverlessapplicationrepository", "CreateApplicationVersion", {"http": ["PUT", "/applications/{ApplicationId}/versions/{SemanticVersion}", 201]}, () => CreateApplicationVersionRequest$, () => CreateApplicationVersionResponse$]
export const CreateCloudFormationChangeSet$: StaticOperationSchema = [9, "com.amazonaws.serverlessapplicationrepository", "CreateCloudFormationChangeSet", {"http": ["POST", "/applications/{ApplicationId}/changesets", 201]}, () => CreateCloudFormationChangeSetRequest$, () => CreateCloudFormationChangeSetResponse$]
export const CreateCloudFormationTemplate$: StaticOperationSchema = [9, "com.amazonaws.serverlessapplicationrepository", "CreateCloudFormationTemplate", {"http": ["POST", "/applications/{ApplicationId}/templates", 201]}, () => CreateCloudFormationTemplateRequest$, () => CreateCloudFormationTemplateResponse$]
export const DeleteApplication$: StaticOperationSchema = [9, "com.amazonaws.serverlessapplicationrepository", "DeleteApplication", {"http": ["DELETE", "/applications/{ApplicationId}", 204]}, () => DeleteApplicationRequest$, () => Unit]
export const GetApplication$: StaticOperationSchema = [9, "com.amazonaws.serverlessapplicationrepository", "GetApplication", {"http": ["GET", "/applications/{ApplicationId}", 200]}, () => GetApplicationRequest$, () => GetApplicationResponse$]
export const GetApplicationPolicy$: StaticOperationSchema = [9, "com.amazonaws.serverlessapplicationrepository", "GetApplicationPolicy", {"http": ["GET", "/applications/{ApplicationId}/policy", 200]}, () => GetApplicationPolicyRequest$, () => GetApplicationPolicyResponse$]
export const GetCloudFormationTemplate$: StaticOperationSchema = [9, "com.amazonaws.serverlessapplicationrepository", "GetCloudFormationTemplate", {"http": ["GET", "/applications/{ApplicationId}/templates/{TemplateId}", 200]}, () => GetCloudFormationTemplateRequest$, () => GetCloudFormationTemplateResponse$]
export const ListApplicationDependencies$: StaticOperationSchema = [9, "com.amazonaws.serverlessapplicationrepository", "ListApplicationDependencies", {"http": ["GET", "/applications/{ApplicationId}/dependencies", 200]}, () => ListApplicationDependenciesRequest$, () => ListApplicationDependenciesResponse$]
export const ListApplicationVersions$: StaticOperationSchema = [9, "com.amazonaws.serverlessapplicationrepository", "ListApplicationVersions", {"http": ["GET", "/applications/{ApplicationId}/versions", 200]}, () => ListApplicationVersionsRequest$, () => ListApplicationVersionsResponse$]
export const ListApplications$: StaticOperationSchema = [9, "com.amazonaws.serverlessapplicationrepository", "ListApplications", {"http": ["GET", "/applications", 200]}, () => ListApplicationsRequest$, () => ListApplicationsResponse$]
export const PutApplicationPolicy$: StaticOperationSchema = [9, "com.amazonaws.serverlessapplicationrepository", "PutApplicationPolicy", {"http": ["PUT", "/applications/{ApplicationId}/policy", 200]}, () => PutApplicationPolicyRequest$, () => PutApplicationPolicyResponse$]
export const UnshareApplication$: StaticOperationSchema = [9, "com.amazonaws.serverlessapplicationrepository", "UnshareApplication", {"http": ["POST", "/applications/{ApplicationId}/unshare", 204]}, () => UnshareApplicationRequest$, () => Unit]
export const UpdateApplication$: StaticOperationSchema = [9, "com.amazonaws.serverlessapplicationrepository", "UpdateApplication", {"http": ["PATCH", "/applications/{ApplicationId}", 200]}, () => UpdateApplicationRequest$, () => UpdateApplicationResponse$]
