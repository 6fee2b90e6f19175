export { functionPackage, packageHandler } from './function-package.ts'
export {
  applicationParameters,
  applicationTemplate,
  functionLogicalId,
  functionResources,
  isRequired,
  packageBucket,
  type FunctionSettings,
  type Setting,
  type SettingName,
  type TemplateValue,
} from './stack-template.ts'
export {
  rotationTemplate,
  rotationTemplates,
  templateVersion,
  type RotationTemplate,
} from './templates.ts'
