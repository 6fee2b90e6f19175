import { postgresql } from './postgresql.ts'
import { rotationFunction } from './rotation-function.ts'
import { singleUser } from './single-user.ts'

/** The rotation function of a user who changes its own password. */
export const handler = rotationFunction(singleUser(postgresql))
