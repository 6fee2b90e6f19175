import {
  CloudFormation,
  type CreateStackCommandInput,
  type Stack,
} from '@aws-sdk/client-cloudformation'
import type { TestServer } from '@bartizan/testkit'

const servers = new WeakMap<CloudFormation, TestServer>()

/** A client whose stacks can be waited for. */
export function stackClient(bartizan: TestServer): CloudFormation {
  const cloudformation = bartizan.client(CloudFormation)
  servers.set(cloudformation, bartizan)
  return cloudformation
}

/** Waits until a stack is in no state of work; the stack by its id, as a deleted one has no name. */
export async function settled(cloudformation: CloudFormation, StackName: string): Promise<Stack> {
  for (;;) {
    await servers.get(cloudformation)?.server.settled()
    const { Stacks } = await cloudformation.describeStacks({ StackName })
    const stack = Stacks?.[0]
    if (stack && !stack.StackStatus?.endsWith('IN_PROGRESS')) return stack
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Creates a stack and waits for it. */
export async function created(
  cloudformation: CloudFormation,
  input: CreateStackCommandInput,
): Promise<Stack> {
  const { StackId } = await cloudformation.createStack(input)
  return settled(cloudformation, StackId ?? '')
}

/** A stack's outputs by key. */
export function outputsOf(stack: Stack): Record<string, string | undefined> {
  return Object.fromEntries(
    (stack.Outputs ?? []).map(({ OutputKey = '', OutputValue }) => [OutputKey, OutputValue]),
  )
}
