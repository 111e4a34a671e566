using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;
using OpenSettle.Registry;

namespace OpenSettle.Cli.Attesting;

/// <summary>What one request would do, or did.</summary>
/// <param name="What">In words: "provenance", "revocation".</param>
/// <param name="Uid">Of the attestation; null before there is one.</param>
internal sealed record AttestRow(string What, ModelId? Model, Hash32? Uid);

/// <summary>Tells a person, or a program, what would be sent and what was.</summary>
internal sealed class AttestOutput(bool json)
{
    private const byte CoinDecimals = 18;

    /// <summary>Asks before something is sent.</summary>
    public static void Confirm(bool yes, int requests, GasNeed need) =>
        Asking.Confirm(yes, $"send {requests} in one transaction, for about {Amounts.Format(need.Cost, CoinDecimals)} of the chain's coin?");

    public void WouldSend(Address from, IReadOnlyList<AttestRow> rows, GasNeed need) => Print(from, rows, need, null, null);

    public void Sent(Address from, IReadOnlyList<AttestRow> rows, TransactionReceipt receipt) => Print(from, rows, null, receipt, null);

    /// <param name="files">Where it is.</param>
    public void Signed(Address by, IReadOnlyList<AttestRow> rows, IReadOnlyList<string> files) => Print(by, rows, null, null, files);

    private void Print(Address account, IReadOnlyList<AttestRow> rows, GasNeed? need, TransactionReceipt? receipt, IReadOnlyList<string>? files)
    {
        if (json)
        {
            JsonOutput.Print(new Form(
                account.ToChecksumString(), receipt is not null, receipt?.TransactionHash.ToString(), receipt?.BlockNumber, receipt?.GasUsed ?? need?.Gas, (receipt?.Cost ?? need?.Cost)?.ToString(), files,
                [.. rows.Select(row => new FormRow(row.What, row.Model?.ToString(), row.Uid?.ToString()))]));
            return;
        }

        var verb = receipt is not null ? "sent" : files is not null ? "signed" : "would send";
        foreach (var row in rows) Console.WriteLine($"{verb} {row.What}{(row.Model is { } model ? $" of model {model}" : string.Empty)}{(row.Uid is { } uid ? $", {uid}" : string.Empty)}");
        Console.WriteLine($"{(receipt is null && files is null ? "as" : "by")} {account.ToChecksumString()}");
        foreach (var file in files ?? []) Console.WriteLine($"written to {file}");
        if (need is { } gas) Console.WriteLine($"{gas.Gas} gas, about {Amounts.Format(gas.Cost, CoinDecimals)} of the chain's coin; nothing was sent");
        if (receipt is not null) Console.WriteLine($"transaction {receipt.TransactionHash} in block {receipt.BlockNumber}, {receipt.GasUsed} gas, {Amounts.Format(receipt.Cost, CoinDecimals)} of the chain's coin");
    }

    /// <summary>The bytes of a file that the user named.</summary>
    public static async Task<byte[]> ReadFileAsync(string flag, string path, long most, CancellationToken cancellation)
    {
        try
        {
            var file = new FileInfo(path);
            if (file.Length > most) throw new VerbException(ExitCode.Usage, $"{flag}: {path} has {file.Length} bytes, and at most {most} are read.");
            return await File.ReadAllBytesAsync(path, cancellation);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new VerbException(ExitCode.Usage, $"{flag}: cannot read {path}: {e.Message}", e);
        }
    }

    public static async Task WriteFileAsync(string flag, string path, byte[] bytes, CancellationToken cancellation)
    {
        try
        {
            // What was signed before is not written over.
            await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
            await file.WriteAsync(bytes, cancellation);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new VerbException(ExitCode.Usage, $"{flag}: cannot write {path}: {e.Message}", e);
        }
    }

    /// <param name="Cost">In wei.</param>
    /// <param name="Files">Where what was signed is.</param>
    internal sealed record Form(string Account, bool Sent, string? Transaction, ulong? Block, ulong? Gas, string? Cost, IReadOnlyList<string>? Files, IReadOnlyList<FormRow> Requests);

    internal sealed record FormRow(string Kind, string? Model, string? Uid);
}
