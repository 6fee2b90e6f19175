export { functionPackage, packageHandler } from './function-package.ts'
export {
  rotationTemplate,
  rotationTemplates,
  templateVersion,
  type RotationTemplate,
} from './templates.ts'
