using System.Text;

namespace OpenSettle.Node.Usage;

/// <summary>
/// Names under which prompts and answers are sent. Usage says that something was used and never what was asked: an event
/// that carries such a text is refused, so that it is noticed at its source.
/// </summary>
internal static class PromptNames
{
    private static readonly byte[][][] ByLength = Group(
        "messages", "message", "prompt", "prompts", "input", "inputs", "output", "outputs", "choices", "content", "contents", "completion", "completions", "text", "texts",
        "answer", "answers", "question", "query", "delta", "instructions", "transcript", "response_text", "responseText", "output_text", "outputText", "input_text", "inputText",
        "prompt_text", "promptText", "completion_text", "system_prompt", "systemPrompt", "system_instructions", "tool_calls", "arguments", "gen_ai.prompt", "gen_ai.completion",
        "gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions", "gen_ai.system.message", "gen_ai.user.message", "gen_ai.assistant.message", "gen_ai.tool.message",
        "gen_ai.choice", "gen_ai.tool.call.arguments", "gen_ai.tool.call.result", "gen_ai.content.prompt", "gen_ai.content.completion", "llm.prompts", "llm.completions",
        "input.value", "output.value", "llm.input_messages", "llm.output_messages");

    private static readonly byte[][] Prefixes = [.. new[] { "gen_ai.prompt.", "gen_ai.completion.", "llm.prompts.", "llm.completions.", "llm.input_messages.", "llm.output_messages." }.Select(Encoding.UTF8.GetBytes)];

    public static bool Contains(ReadOnlySpan<byte> name)
    {
        if (name.Length < ByLength.Length)
        {
            foreach (var known in ByLength[name.Length])
            {
                if (Ascii.EqualsIgnoreCase(name, known)) return true;
            }
        }

        // Indexed forms: gen_ai.prompt.0.content.
        if (name.Length < 12 || name[^1] is (byte)'s' or (byte)'S') return false;
        foreach (var prefix in Prefixes)
        {
            if (name.Length > prefix.Length && Ascii.EqualsIgnoreCase(name[..prefix.Length], prefix)) return true;
        }

        return false;
    }

    private static byte[][][] Group(params string[] names)
    {
        var groups = new byte[names.Max(name => name.Length) + 1][][];
        for (var length = 0; length < groups.Length; length++) groups[length] = [.. names.Where(name => name.Length == length).Select(Encoding.UTF8.GetBytes)];
        return groups;
    }
}
