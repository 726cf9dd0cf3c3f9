/**
 * What a model's reply says, without what it thinks before: some models put that between `<think>` and `</think>`, and what
 * they say between `<answer>` and `</answer>`. Nothing is said by a reply that was cut while it thought.
 */
export function textOfReply(reply: string): string {
  const end = reply.lastIndexOf('</think>');
  if (end < 0 && reply.trimStart().startsWith('<think>')) return '';
  const said = end < 0 ? reply : reply.slice(end + '</think>'.length);
  return (/<answer>([\s\S]*?)(?:<\/answer>|$)/.exec(said)?.[1] ?? said).trim();
}
