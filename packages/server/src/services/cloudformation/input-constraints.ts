import constraints from './data/constraints.json' with { type: 'json' }

const { shapes } = constraints
const definitionMembers = { StackName: 'StackName', TemplateBody: 'ShortTemplateBody' }

/** The model's constraints, and those of names and templates that only the API reference tells (CreateStack). */
export const inputConstraints = {
  ...constraints,
  shapes: {
    ...shapes,
    StackName: { min: 1, max: 128, pattern: '[a-zA-Z][-a-zA-Z0-9]*' },
    ShortTemplateBody: { min: 1, max: 51_200 },
    CreateStackInput: { members: { ...shapes.CreateStackInput.members, ...definitionMembers } },
    UpdateStackInput: {
      members: { ...shapes.UpdateStackInput.members, TemplateBody: 'ShortTemplateBody' },
    },
    CreateChangeSetInput: {
      members: { ...shapes.CreateChangeSetInput.members, TemplateBody: 'ShortTemplateBody' },
    },
    ValidateTemplateInput: {
      members: { ...shapes.ValidateTemplateInput.members, TemplateBody: 'ShortTemplateBody' },
    },
  },
}
