using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using OpenSettle.Passports;

namespace OpenSettle.Cli.Tests;

/// <summary>A node's API that answers what a test gave it, over HTTP; and the command line, in this process.</summary>
internal sealed class CannedNode : IAsyncDisposable
{
    // The console is one for the whole process.
    private static readonly SemaphoreSlim Turn = new(1, 1);

    private readonly WebApplication _app;

    private CannedNode(WebApplication app) => _app = app;

    public ConcurrentDictionary<string, (int Status, byte[] Body)> Answers { get; } = new(StringComparer.Ordinal);

    public ConcurrentQueue<string> Asked { get; } = new();

    /// <summary>Keys that came, empty where none did.</summary>
    public ConcurrentQueue<string> Keys { get; } = new();

    /// <summary>Sees each request before it is answered.</summary>
    public Func<HttpContext, Task> OnRequest { get; set; } = static _ => Task.CompletedTask;

    public ConcurrentDictionary<string, byte[]> Put { get; } = new(StringComparer.Ordinal);

    public string Address => _app.Urls.Single();

    public static async Task<CannedNode> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var node = new CannedNode(app);
        app.Run(node.AnswerAsync);
        await app.StartAsync();
        return node;
    }

    public void Answer(string path, string json, int status = 200) => Answers[path] = (status, Encoding.UTF8.GetBytes(json));

    public void Answer(PassportFile file) => Answers[$"/api/v1/models/{file.Passport.Model}/passport"] = (200, PassportJson.Write(file));

    /// <summary>Runs a verb against this node.</summary>
    public Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments) => CaptureAsync(() =>
    {
        var parsed = CommandLine.Create().Parse([.. arguments, "--api", Address]);
        // Verbs that ask no node have no such option.
        if (parsed.UnmatchedTokens.Contains("--api")) parsed = CommandLine.Create().Parse(arguments);
        Assert.Empty(parsed.Errors);
        return parsed.InvokeAsync();
    });

    /// <summary>Runs a verb that asks no node.</summary>
    public static Task<(int Code, string Output, string Errors)> RunAloneAsync(string input, params string[] arguments) => CaptureAsync(
        () =>
        {
            var parsed = CommandLine.Create().Parse(arguments);
            Assert.Empty(parsed.Errors);
            return parsed.InvokeAsync();
        },
        input);

    /// <summary>Calls the program, whatever it makes of it.</summary>
    public static Task<(int Code, string Output, string Errors)> CallAsync(params string[] arguments) => CaptureAsync(() => CommandLine.RunAsync(arguments, new System.CommandLine.InvocationConfiguration()));

    /// <summary>What is written to the console meanwhile.</summary>
    public static async Task<(int Code, string Output, string Errors)> CaptureAsync(Func<Task<int>> call, string input = "")
    {
        await Turn.WaitAsync();
        var (typed, output, errors) = (Console.In, Console.Out, Console.Error);
        using var said = new StringWriter();
        using var told = new StringWriter();
        using var lines = new StringReader(input);
        try
        {
            Console.SetIn(lines);
            Console.SetOut(said);
            Console.SetError(told);
            return (await call(), said.ToString(), told.ToString());
        }
        finally
        {
            Console.SetIn(typed);
            Console.SetOut(output);
            Console.SetError(errors);
            Turn.Release();
        }
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? string.Empty;
        Asked.Enqueue(path + context.Request.QueryString.Value);
        Keys.Enqueue(context.Request.Headers.Authorization.ToString());
        await OnRequest(context);
        if (context.Response.HasStarted) return;
        if (HttpMethods.IsPut(context.Request.Method))
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            Put[path] = body.ToArray();
        }

        var known = Answers.GetValueOrDefault(path, (404, "{}"u8.ToArray()));
        context.Response.StatusCode = known.Item1;
        await context.Response.Body.WriteAsync(known.Item2);
    }
}
