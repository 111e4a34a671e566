using System.Text;

namespace OpenSettle.Cli.Screen;

/// <summary>Asks a person, on the error output, so that the output stays for results. An answer that is wrong is told and asked for again.</summary>
/// <param name="input">Where answers come from, a line each.</param>
/// <param name="hides">Whether passwords are read key by key and not shown: at a terminal.</param>
internal sealed class Questions(TextReader input, TextWriter output, bool hides)
{
    /// <summary>Null where nobody is there to be asked.</summary>
    /// <param name="fromInput">Answers come by lines, though the input is no terminal.</param>
    public static Questions? OnConsole(bool fromInput = false) => fromInput || Terminal.CanAsk ? new Questions(Console.In, Console.Error, !Console.IsInputRedirected) : null;

    public void Say(string line) => output.WriteLine(line);

    /// <summary>An empty answer takes the default, where there is one.</summary>
    /// <param name="problem">Says what is wrong with an answer, or null.</param>
    public async Task<string> AskAsync(string question, string? byDefault, Func<string, string?> problem, CancellationToken cancellation)
    {
        while (true)
        {
            output.Write(byDefault is null ? $"{question}: " : $"{question} [{byDefault}]: ");
            var answer = (await LineAsync(input.ReadLine, question, cancellation)).Trim();
            if (answer.Length == 0 && byDefault is not null) answer = byDefault;
            if ((answer.Length == 0 ? "is empty" : problem(answer)) is not { } wrong) return answer;
            output.WriteLine($"  That {wrong}.");
        }
    }

    /// <summary>As it is typed, spaces too; empty where nothing is.</summary>
    public async Task<string> AskSecretAsync(string question, CancellationToken cancellation)
    {
        output.Write($"{question}: ");
        if (!hides) return await LineAsync(input.ReadLine, question, cancellation);
        var secret = await LineAsync(ReadHidden, question, cancellation);
        output.WriteLine();
        return secret;
    }

    /// <summary>A new password, typed twice; empty where nothing is typed, and that is allowed.</summary>
    public async Task<string> AskNewSecretAsync(string question, bool mayBeEmpty, CancellationToken cancellation)
    {
        while (true)
        {
            var first = await AskSecretAsync(question, cancellation);
            if (first.Length == 0)
            {
                if (mayBeEmpty) return first;
                output.WriteLine("  That is empty.");
            }
            else if (await AskSecretAsync("the same again", cancellation) == first)
            {
                return first;
            }
            else
            {
                output.WriteLine("  These two differ.");
            }
        }
    }

    /// <summary>A terminal's line cannot be waited for with a token: a thread of its own waits, and is left where somebody stops the program.</summary>
    private static async Task<string> LineAsync(Func<string?> read, string question, CancellationToken cancellation)
    {
        var line = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                line.SetResult(read());
            }
            catch (Exception e) when (e is IOException or InvalidOperationException or ObjectDisposedException)
            {
                line.SetException(e);
            }
        })
        {
            IsBackground = true,
        };
        thread.Start();
        return await line.Task.WaitAsync(cancellation) ?? throw new VerbException(ExitCode.Usage, $"the input ended where this was asked: {question}. Nothing was written.");
    }

    private static string? ReadHidden()
    {
        var typed = new StringBuilder();
        while (true)
        {
            var key = Console.ReadKey(intercept: true);
            if (key.Key == ConsoleKey.Enter) return typed.ToString();
            if (key.Key == ConsoleKey.Backspace)
            {
                if (typed.Length > 0) typed.Length--;
            }
            else if (!char.IsControl(key.KeyChar))
            {
                typed.Append(key.KeyChar);
            }
        }
    }
}
