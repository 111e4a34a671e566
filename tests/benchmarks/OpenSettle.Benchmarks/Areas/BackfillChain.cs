using System.Globalization;
using OpenSettle.Epochs;
using OpenSettle.Ethereum.Watch;
using OpenSettle.Primitives;
using OpenSettle.Tests.Shared;

namespace OpenSettle.Benchmarks.Areas;

/// <summary>
/// An anvil with 300,000 logs of the rail: 300 blocks of 20 transactions, each of which emits 50 logs with three topics and two
/// words of data. In each block there is one more transaction with 50 logs of somebody else, which are proven and then left out: every
/// 21st log.
/// </summary>
internal static class BackfillChain
{
    public const int Blocks = 300;
    public const int Logs = Blocks * Payments * LogsEach;

    private const int Payments = 20;
    private const int Strange = 10;
    private const int LogsEach = 50;
    private const int Words = 2;
    private const string Sender = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";

    private static readonly Address Somebody = Account("somebody");

    public static WatchedDeployment Deployment { get; } =
        new(new DeploymentId(31337, Account("registry"), Account("rail"), Account("vault")), Account("resolver"), FirstBlock: 1);

    public static async Task<AnvilNode> StartAsync()
    {
        // A block's gas is not what is measured here.
        var anvil = await AnvilNode.StartAsync("--gas-limit", "1000000000");
        try
        {
            foreach (var contract in new[] { Deployment.Id.Rail, Somebody }) await anvil.CallAsync("anvil_setCode", contract.ToString(), LogEmitter.Code);
            await anvil.CallAsync("evm_setAutomine", false);
            for (var block = 0; block < Blocks; block++)
            {
                for (var i = 0; i <= Payments; i++) await EmitAsync(anvil, i == Strange ? Somebody : Deployment.Id.Rail, block, i);
                await anvil.CallAsync("evm_mine");
            }

            return anvil;
        }
        catch
        {
            anvil.Dispose();
            throw;
        }
    }

    private static async Task EmitAsync(AnvilNode anvil, Address contract, int block, int transaction)
    {
        string[] topics = [Digits("Paid"), Digits($"model {transaction}"), Digits($"payer {block} {transaction}")];
        await anvil.CallAsync("eth_sendTransaction", new
        {
            from = Sender,
            to = contract.ToString(),
            // Written out: what anvil suggests changes under way, and of two fees in one account's row it drops what comes after.
            maxFeePerGas = "0x174876e800",
            maxPriorityFeePerGas = "0x3b9aca00",
            gas = LogEmitter.Gas(LogsEach, Words * Hash32.Size),
            data = LogEmitter.Call(LogsEach, topics, Words * Hash32.Size),
        });
    }

    private static string Digits(string text) => Keccak256.HashText(text).ToString()[2..];

    private static Address Account(string name) => Address.FromBytes(Keccak256.HashText(string.Create(CultureInfo.InvariantCulture, $"backfill {name}")).ToArray().AsSpan(12));
}
