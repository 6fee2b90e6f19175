/** What is wrong with a template, its parameters or a value in it, in CloudFormation's words. */
export class TemplateError extends Error {}
