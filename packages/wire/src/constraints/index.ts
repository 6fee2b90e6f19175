export {
  compileConstraints,
  type ConstraintData,
  type ShapeConstraints,
  type Validator,
} from './constraints.ts'
