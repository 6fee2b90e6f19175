import type { AwsClients } from './aws-source.ts'
import { reasonOf, type ParameterEntry, type Rotation, type SecretEntry } from './entry.ts'

const always = ['AWSCURRENT', 'AWSPREVIOUS', 'AWSPENDING']

/** The labels of a parameter's version; none where they may not be read. */
export async function labelsOf(
  { ssm }: Pick<AwsClients, 'ssm'>,
  Name: string,
  version: number | undefined,
): Promise<Pick<ParameterEntry, 'labels'>> {
  const { paginateGetParameterHistory } = await import('@aws-sdk/client-ssm')
  try {
    for await (const { Parameters = [] } of paginateGetParameterHistory(
      { client: ssm },
      { Name },
    )) {
      const found = Parameters.find(({ Version }) => Version === version)
      if (found?.Labels?.length) return { labels: found.Labels }
    }
  } catch {
    return {}
  }
  return {}
}

/** What a secret has beside its value: further staging labels, a resource policy, a rotation by a function. */
export async function belongingsOf(
  { secretsManager }: Pick<AwsClients, 'secretsManager'>,
  SecretId: string,
): Promise<Pick<SecretEntry, 'stages' | 'policy' | 'rotation'>> {
  const [described, policed] = await Promise.all([
    secretsManager.describeSecret({ SecretId }).catch(() => undefined),
    secretsManager.getResourcePolicy({ SecretId }).catch(() => undefined),
  ])
  const versions = Object.values(described?.VersionIdsToStages ?? {})
  const current = versions.find((stages) => stages.includes('AWSCURRENT')) ?? []
  const stages = current.filter((stage) => !always.includes(stage))
  const { RotationEnabled, RotationLambdaARN: lambdaArn, RotationRules: rules } = described ?? {}
  const policy = policed?.ResourcePolicy
  return {
    ...(stages.length > 0 && { stages }),
    ...(policy !== undefined && { policy }),
    ...(RotationEnabled &&
      lambdaArn !== undefined && { rotation: { lambdaArn, ...(rules && { rules }) } }),
  }
}

/** What comes with an entry beside its value, in words. */
export function belongingsNamed(entry: ParameterEntry | SecretEntry): readonly string[] {
  if (entry.kind === 'parameter') return entry.labels ? ['labels'] : []
  return [
    ...(entry.stages ? ['staging labels'] : []),
    ...(entry.policy === undefined ? [] : ['resource policy']),
    ...(entry.rotation ? ['rotation'] : []),
  ]
}

/** Labels the version that was just written; what could not be done, in words. */
export async function giveLabels(
  { ssm }: AwsClients,
  { name: Name, labels }: ParameterEntry,
  version: number | undefined,
): Promise<readonly string[]> {
  if (!labels) return []
  const given = {
    Name,
    Labels: [...labels],
    ...(version !== undefined && { ParameterVersion: version }),
  }
  return attempt('labels', async () => {
    const { InvalidLabels = [] } = await ssm.labelParameterVersion(given)
    if (InvalidLabels.length > 0) throw new Error(`${InvalidLabels.join(', ')} cannot be set`)
  })
}

/** Gives a secret what it had beside its value; what could not be done, in words. */
export async function giveBelongings(
  { secretsManager }: AwsClients,
  { name: SecretId, stages = [], policy, rotation }: SecretEntry,
  versionId: string | undefined,
): Promise<readonly string[]> {
  const failures: string[] = []
  for (const VersionStage of versionId === undefined ? [] : stages) {
    const move = { SecretId, VersionStage, MoveToVersionId: versionId }
    const set = () => secretsManager.updateSecretVersionStage(move)
    failures.push(...(await attempt(`staging label ${VersionStage}`, set)))
  }
  if (policy !== undefined) {
    const put = () => secretsManager.putResourcePolicy({ SecretId, ResourcePolicy: policy })
    failures.push(...(await attempt('resource policy', put)))
  }
  if (rotation) {
    const rotate = () => secretsManager.rotateSecret(rotationInput(SecretId, rotation))
    failures.push(...(await attempt('rotation', rotate)))
  }
  return failures
}

function rotationInput(SecretId: string, { lambdaArn, rules = {} }: Rotation) {
  // AWS tells of both ways to say when, and takes one of them.
  const { AutomaticallyAfterDays: days, ...others } = rules
  const isScheduled = others.ScheduleExpression !== undefined
  const RotationRules = isScheduled ? others : { ...others, AutomaticallyAfterDays: days }
  return {
    SecretId,
    RotationLambdaARN: lambdaArn,
    RotationRules,
    RotateImmediately: false,
  }
}

async function attempt(what: string, work: () => Promise<unknown>): Promise<readonly string[]> {
  try {
    await work()
    return []
  } catch (error) {
    return [`${what}: ${reasonOf(error)}`]
  }
}
