using OpenSettle.Ethereum.Contracts;
using OpenSettle.Ethereum.Encoding;
using OpenSettle.Ethereum.Ports;
using OpenSettle.Primitives;

namespace OpenSettle.Ethereum.Tests.Conformance;

/// <summary>The contracts, deployed for one test: one attestor, a guardian who is the governor too, the demonstration's token.</summary>
internal sealed record TestDeployment(Address Dollar, Address Registry, Address Rail, Address Vault, ulong FirstBlock)
{
    /// <param name="sender">Who deploys, guards and governs.</param>
    /// <param name="attestor">Who attests alone.</param>
    /// <param name="window">Seconds between a proposal and its activation.</param>
    public static async Task<TestDeployment> CreateAsync(TestSender sender, Address attestor, ulong window = 1)
    {
        var dollar = await sender.DeployAsync(CompiledContract.Load("DemoDollar").CreationCode);
        var token = dollar.ContractAddress ?? throw new InvalidOperationException("A deployment has no address.");
        // The three name each other: addresses follow from the nonces.
        var nonce = await sender.Client.GetNonceAsync(sender.Address, BlockRef.Latest, CancellationToken.None);
        var registry = ContractAddress.Create(sender.Address, nonce);
        var rail = ContractAddress.Create(sender.Address, nonce + 1);
        var vault = ContractAddress.Create(sender.Address, nonce + 2);
        await ExpectAsync(registry, sender.DeployAsync(Code("ModelRegistry", new AbiWriter().Account(vault))));
        await ExpectAsync(rail, sender.DeployAsync(Code("InferencePayments", new AbiWriter().Account(registry).Account(vault))));
        ListedToken[] tokens = [new(Address.Zero, 1), new(token, 10)];
        Address[] attestors = [attestor];
        await ExpectAsync(vault, sender.DeployAsync(Code("RoyaltySplit", new AbiWriter()
            .Account(registry)
            .Account(rail)
            .DynamicTuple(settings => settings
                .Account(sender.Address)
                .Account(sender.Address)
                .Array(attestors, static (writer, account) => writer.Account(account))
                .UInt(1, 32)
                .UInt(window, 32)
                .Array(tokens, static (writer, listed) => writer.Account(listed.Token).UInt(listed.SmallestLeaf, 128))))));
        return new TestDeployment(token, registry, rail, vault, dollar.BlockNumber);
    }

    private static byte[] Code(string name, AbiWriter arguments) => [.. CompiledContract.Load(name).CreationCode.Span, .. arguments.ToArray()];

    private static async Task ExpectAsync(Address expected, Task<TransactionReceipt> deployment) => Assert.Equal(expected, (await deployment).ContractAddress);
}
