import {
  applicationParameters,
  isRequired,
  rotationTemplates,
  templateVersion,
} from '@bartizan/rotation'
import type { Context } from '../../kernel/context.ts'
import { sealedPages } from '../../kernel/sealed-pages.ts'
import { operation } from '../../kernel/service.ts'
import {
  applicationAccess,
  applicationArn,
  publication,
  requireApplication,
  versionAsked,
  type Application,
} from './application-reference.ts'
import {
  GetApplication$,
  ListApplicationVersions$,
  ListApplications$,
  type GetApplicationRequest,
  type GetApplicationResponse,
  type ListApplicationVersionsRequest,
  type ListApplicationVersionsResponse,
  type ListApplicationsRequest,
  type ListApplicationsResponse,
  type Version,
} from './data/schemas.ts'
import { badRequest } from './errors.ts'
import { templateAddress } from './templates.ts'

const author = 'Bartizan'
const licence = 'Apache-2.0'
const defaultPage = 100

/** What an application's functions need to be acknowledged: a role, and a permission on the function. */
export const requiredCapabilities = ['CAPABILITY_IAM', 'CAPABILITY_RESOURCE_POLICY'] as const

const pages = sealedPages('serverlessrepo-page', () => badRequest('The next token is not valid.'))

/** ListApplications: those that the server ships. */
export const ListApplications = operation<ListApplicationsRequest, ListApplicationsResponse>(
  ListApplications$,
  {
    access: () => ({ resource: '*' }),
    async handle(input, ctx) {
      const all = rotationTemplates.map((template) => ({ key: template.name, value: template }))
      const sorted = all.toSorted((one, other) => (one.key < other.key ? -1 : 1))
      const { items, next } = await pages.page(
        ctx,
        {
          name: 'applications',
          limit: input.MaxItems ?? defaultPage,
          fetch: ({ after = '', limit }) =>
            Promise.resolve(sorted.filter(({ key }) => key > after).slice(0, limit)),
        },
        input.NextToken,
      )
      return {
        Applications: items.map((template) =>
          summaryOf({ id: applicationArn(template), template }),
        ),
        NextToken: next,
      }
    },
  },
)

/** GetApplication. */
export const GetApplication = operation<GetApplicationRequest, GetApplicationResponse, Application>(
  GetApplication$,
  {
    resolve: ({ ApplicationId = '' }) => requireApplication(ApplicationId),
    access: (_input, ctx, { id }) => applicationAccess(id, ctx),
    handle(input, ctx, application) {
      const semanticVersion = versionAsked(input.SemanticVersion)
      return {
        ...summaryOf(application),
        IsVerifiedAuthor: false,
        Version: versionOf(ctx, application, semanticVersion),
      }
    },
  },
)

/** ListApplicationVersions: the one that there is. */
export const ListApplicationVersions = operation<
  ListApplicationVersionsRequest,
  ListApplicationVersionsResponse,
  Application
>(ListApplicationVersions$, {
  resolve: ({ ApplicationId = '' }) => requireApplication(ApplicationId),
  access: (_input, ctx, { id }) => applicationAccess(id, ctx),
  handle: (_input, _ctx, { id }) => ({
    Versions: [{ ApplicationId: id, SemanticVersion: templateVersion, CreationTime: publication }],
  }),
})

function summaryOf({ id, template }: Application) {
  return {
    ApplicationId: id,
    Name: template.name,
    Author: author,
    Description: template.description,
    CreationTime: publication,
    SpdxLicenseId: licence,
    Labels: ['secretsmanager', 'rotation'],
  }
}

function versionOf(ctx: Context, { id, template }: Application, semanticVersion: string): Version {
  return {
    ApplicationId: id,
    SemanticVersion: semanticVersion,
    CreationTime: publication,
    ResourcesSupported: true,
    RequiredCapabilities: requiredCapabilities,
    TemplateUrl: templateAddress(ctx, template.name),
    ParameterDefinitions: applicationParameters(template).map((Name) => ({
      Name,
      Type: 'String',
      ...(!isRequired(Name) && { DefaultValue: '' }),
      ReferencedByResources: [template.name],
    })),
  }
}
