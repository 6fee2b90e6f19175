import { alternatingUsers } from './alternating-users.ts'
import { rdsInstances } from './instances.ts'
import { mariadb } from './mysql.ts'
import { rotationFunction } from './rotation-function.ts'

/** The rotation function of two users who take turns. */
export const handler = rotationFunction(alternatingUsers(mariadb, rdsInstances()))
