using OpenSettle.Demo.Stage;
using OpenSettle.Epochs;
using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Demo;

public sealed partial class Story
{
    private static readonly UInt256 Never = (UInt256)4_102_444_800;

    private async Task FirstClaimsAsync(CancellationToken cancellation)
    {
        teller.Chapter("People claim: with their own wallet, or a friend sends it");
        await ClaimAsync(cast.Ada, cancellation);
        await ClaimAsync(cast.Chloe, cancellation);
        await ClaimAsync(cast.Finn, cancellation);
    }

    private async Task LastClaimsAsync(CancellationToken cancellation)
    {
        teller.Chapter("The last claims: a contract's, a refused push, and those who wait");
        await ClaimSignedAsync(cancellation);
        await TakeRefusedAsync(cancellation);
        await ClaimAsync(cast.Hanna, cancellation);
        await ClaimAsync(cast.Chloe, cancellation);
        teller.Say("A leaf says all that was ever earned, and the vault pays the difference: so what Chloe claimed now is what came since. Who has not claimed yet loses nothing.");
    }

    /// <summary>By the command line. Ada pays her own gas; for the others somebody else sends, and the money goes to them all the same.</summary>
    private async Task ClaimAsync(Person person, CancellationToken cancellation)
    {
        var own = person == cast.Ada;
        var key = workspace.PathOf("sender.key");
        await File.WriteAllTextAsync(key, (own ? cast.AdaKey : cast.RelayerKey).ToString(), cancellation);
        var before = await ClaimedAsync(person.Address, cancellation);
        await CommandAsync(
            "opensettle claim",
            [
                "claim", person.Address.ToChecksumString(), "--api", Node.Api.ToString(), "--rpc", chain.Rpc.ToString(),
                "--deployment", deployment.File, "--client", chain.Provider.Name, "--sender-key", $"file:{key}", "--yes",
            ],
            cancellation);
        var after = await ClaimedAsync(person.Address, cancellation);
        var paid = deployment.Tokens.Where(token => after[token.Address] > before[token.Address]).Select(token => Teller.Amount(after[token.Address] - before[token.Address], token)).ToList();
        Counts.Claims += paid.Count;
        teller.Say($"{person.Name} got {string.Join(" and ", paid)}{(own ? ", and paid the gas" : "; the relayer sent it and paid the gas")}.");
    }

    private async Task<IReadOnlyDictionary<Address, UInt256>> ClaimedAsync(Address account, CancellationToken cancellation)
    {
        var claimed = new Dictionary<Address, UInt256>();
        foreach (var token in deployment.Tokens)
            claimed[token.Address] = await chain.Client.AskAsync(deployment.Id.Vault, new RoyaltySplit.ClaimedOf(account, token.Address), BlockRef.Latest, cancellation);
        return claimed;
    }

    /// <summary>A wallet that is a contract sends nothing itself: its owner signs, and the vault asks the wallet (ERC-1271).</summary>
    private async Task ClaimSignedAsync(CancellationToken cancellation)
    {
        var (vault, dollar) = (deployment.Id.Vault, deployment.Dollar);
        var proof = await Node.GetAsync($"api/v1/accounts/{_wallet}/proofs/{dollar.Address}", cancellation);
        var cumulative = UInt256.Parse(proof.GetProperty("cumulative").GetString());
        var request = new ClaimRequest(_wallet, dollar.Address, cumulative, [.. proof.GetProperty("proof").EnumerateArray().Select(node => Hash32.Parse(node.GetString()!))]);
        var (_, nonce) = await chain.Client.AskAsync(vault, new RoyaltySplit.RecipientOf(_wallet), BlockRef.Latest, cancellation);
        var data = ClaimTypedData.Of(deployment.Id.ChainId, vault, new ClaimOrder(_wallet, dollar.Address, cast.Iris.Address, cumulative, nonce, Never));
        var signature = await cast.Iris.Signer.SignTypedDataAsync(data, cancellation);
        await _market.SendAsync(cast.Relayer, vault, new RoyaltySplit.ClaimSignedCall(request, cast.Iris.Address, Never, signature.ToArray()), UInt256.Zero, cancellation);
        var held = await chain.Client.AskAsync(dollar.Address, new Erc20.BalanceOf(cast.Iris.Address), BlockRef.Latest, cancellation);
        if (held != cumulative) throw new StageException(StageException.Failed, $"Iris signed for {Dollars(cumulative)}, and has {Dollars(held)}.");
        (Counts.Claims, Counts.SignedClaims) = (Counts.Claims + 1, Counts.SignedClaims + 1);
        teller.Say($"Iris's wallet is a contract. Iris signed that its {Dollars(cumulative)} go to her own address; the relayer brought that, and the vault asked the wallet whether it is signed.");
    }

    /// <summary>What a push could not pay, its account takes to another address: with a proof from the published entries.</summary>
    private async Task TakeRefusedAsync(CancellationToken cancellation)
    {
        for (ulong number = 1; number <= _toldEpochs; number++)
        {
            var entries = await PushesAsync(number, cancellation);
            if (entries.Count == 0) continue;
            var tree = PushTree.Build([.. entries.Select(entry => new PushEntry(entry.Account, entry.Recipient, entry.Token, entry.Amount))]);
            foreach (var refused in entries.Where(entry => entry.State == "refused" && entry.Account == cast.Emil.Address))
            {
                var item = new PushItem((ulong)refused.Index, refused.Account, refused.Recipient, refused.Token, refused.Amount);
                await _market.SendAsync(
                    cast.Emil, deployment.Id.Vault, new RoyaltySplit.TakePushCall(number, item, tree.Proof(refused.Index), cast.EmilElsewhere), UInt256.Zero, cancellation);
                Counts.PushesTaken++;
                teller.Say($"Emil is still blocked, and took the {Dollars(refused.Amount)} that were reserved for him to another address of his.");
            }
        }
    }

    /// <summary>A verb of the command line, as a person would run it.</summary>
    private async Task<IReadOnlyList<string>> CommandAsync(string name, IReadOnlyList<string> arguments, CancellationToken cancellation, int? account = null)
    {
        var log = workspace.PathOf($"command-{++_commands}.log");
        var environment = account is null ? null : new Dictionary<string, string>(StringComparer.Ordinal) { ["OPENSETTLE_MNEMONIC"] = Cast.Mnemonic };
        string[] keys = account is { } index ? ["--sender-key", $"mnemonic:{index}"] : [];
        string[] all = [NodeProcess.Executable(workspace), .. arguments, .. keys];
        using (var command = ChildProcess.Start(name, "dotnet", all, workspace.Root, log, environment)) await command.RequireSuccessAsync("Its message says why.", cancellation);
        return await File.ReadAllLinesAsync(log, cancellation);
    }

    private int _commands;

    /// <summary>The node has seen every claim in final blocks, and nothing is under way.</summary>
    private async Task QuietAsync(CancellationToken cancellation)
    {
        var head = await chain.Client.GetBlockAsync(BlockRef.Latest, cancellation);
        await Node.WaitAsync(
            "all claims are in the books",
            status => status.GetProperty("transactions").GetArrayLength() == 0 && status.GetProperty("booksBlock").GetUInt64() >= head!.Number && AllDivided(status),
            cancellation);
    }
}
