import {
  GetTemplate$,
  GetTemplateSummary$,
  ValidateTemplate$,
  type Capability,
  type GetTemplateInput,
  type GetTemplateOutput,
  type GetTemplateSummaryInput,
  type GetTemplateSummaryOutput,
  type ParameterDeclaration,
  type ValidateTemplateInput,
  type ValidateTemplateOutput,
} from '@aws-sdk/client-cloudformation'
import type { Context } from '../../kernel/context.ts'
import { operation } from '../../kernel/service.ts'
import { findChangeSet } from './change-set-reference.ts'
import { definitionOf } from './definitions.ts'
import { capabilitiesOf } from './engine/capabilities.ts'
import { checkReferences } from './engine/dependencies.ts'
import type { ParameterDeclaration as Declared } from './engine/parameters.ts'
import { processedDocument, readTemplate, type Template } from './engine/template.ts'
import { noChangeSet, validated } from './errors.ts'
import { checkedTemplate, templateText } from './stack-definition.ts'
import { findStack, requireStack, stackAccess } from './stack-reference.ts'
import type { StackDefinition, StackRow } from './store.ts'

/** GetTemplate: the text as it was given, or as its transforms left it. */
export const GetTemplate = operation<GetTemplateInput, GetTemplateOutput, StackRow | undefined>(
  GetTemplate$,
  {
    resolve: (input, ctx) => findStack(ctx, input.StackName),
    access: (input, ctx, stack) => stackAccess(ctx, stack, input.StackName),
    async handle(input, ctx, found) {
      const definition = await definitionNamed(ctx, input, found)
      return {
        TemplateBody: shownText(definition.templateText, input.TemplateStage),
        StagesAvailable: ['Original', 'Processed'],
      }
    },
  },
)

/** The text as it was given; where transforms changed it, as they left it, unless the original is asked for. */
function shownText(text: string, stage: string | undefined): string {
  if (stage === 'Original' || readTemplate(text).transforms.length === 0) return text
  return JSON.stringify(processedDocument(text), undefined, 2)
}

async function definitionNamed(
  ctx: Context,
  input: GetTemplateInput,
  found: StackRow | undefined,
): Promise<StackDefinition> {
  if (input.ChangeSetName === undefined) return definitionOf(requireStack(found, input.StackName))
  const set = await findChangeSet(ctx, found, input.ChangeSetName)
  if (!set) throw noChangeSet(input.ChangeSetName)
  return definitionOf(set)
}

/** ValidateTemplate: whether it can be read, and what it asks for. */
export const ValidateTemplate = operation<ValidateTemplateInput, ValidateTemplateOutput>(
  ValidateTemplate$,
  {
    access: () => ({ resource: '*' }),
    async handle(input, ctx) {
      const template = await checkedTemplate(ctx, await templateText(ctx, input))
      return {
        Parameters: Object.entries(template.parameters).map(([ParameterKey, declared]) => ({
          ParameterKey,
          NoEcho: declared.noEcho,
          ...(declared.default !== undefined && { DefaultValue: declared.default }),
          ...(declared.description !== undefined && { Description: declared.description }),
        })),
        ...(template.description !== undefined && { Description: template.description }),
        ...neededBy(template),
        ...(template.transforms.length > 0 && { DeclaredTransforms: [...template.transforms] }),
      }
    },
  },
)

/** GetTemplateSummary, of a template or of a stack. */
export const GetTemplateSummary = operation<
  GetTemplateSummaryInput,
  GetTemplateSummaryOutput,
  StackRow | undefined
>(GetTemplateSummary$, {
  resolve: (input, ctx) =>
    input.StackName === undefined ? undefined : findStack(ctx, input.StackName),
  access: (input, ctx, stack) =>
    input.StackName === undefined ? { resource: '*' } : stackAccess(ctx, stack, input.StackName),
  async handle(input, ctx, found) {
    const text =
      input.StackName === undefined
        ? await templateText(ctx, input)
        : definitionOf(requireStack(found, input.StackName)).templateText
    const template = validated(() => {
      const read = readTemplate(text)
      checkReferences(read)
      return read
    })
    const types = Object.values(template.resources).map(({ type }) => type)
    return {
      Parameters: Object.entries(template.parameters).map(([name, declared]) =>
        declarationShape(name, declared),
      ),
      ...(template.description !== undefined && { Description: template.description }),
      ...neededBy(template),
      ResourceTypes: [...new Set(types)],
      ...(template.version !== undefined && { Version: template.version }),
      ...(template.metadata !== undefined && { Metadata: JSON.stringify(template.metadata) }),
      ...(template.transforms.length > 0 && { DeclaredTransforms: [...template.transforms] }),
      ResourceIdentifierSummaries: [],
    }
  },
})

function declarationShape(name: string, declared: Declared): ParameterDeclaration {
  const { allowedValues, allowedPattern, minLength, maxLength, minValue, maxValue } = declared
  return {
    ParameterKey: name,
    ParameterType: declared.type,
    NoEcho: declared.noEcho,
    ...(declared.default !== undefined && { DefaultValue: declared.default }),
    ...(declared.description !== undefined && { Description: declared.description }),
    ParameterConstraints: {
      ...(allowedValues && { AllowedValues: [...allowedValues] }),
      ...(allowedPattern !== undefined && { AllowedPattern: allowedPattern }),
      ...(declared.constraintDescription !== undefined && {
        ConstraintDescription: declared.constraintDescription,
      }),
      ...(minLength !== undefined && { MinLength: String(minLength) }),
      ...(maxLength !== undefined && { MaxLength: String(maxLength) }),
      ...(minValue !== undefined && { MinValue: String(minValue) }),
      ...(maxValue !== undefined && { MaxValue: String(maxValue) }),
    },
  }
}

function neededBy(template: Template): {
  Capabilities?: Capability[]
  CapabilitiesReason?: string
} {
  const { capabilities, reason } = capabilitiesOf(template)
  if (capabilities.length === 0) return {}
  return {
    Capabilities: [...capabilities],
    ...(reason !== undefined && { CapabilitiesReason: reason }),
  }
}
