using OpenSettle.Epochs;
using OpenSettle.Primitives;
using OpenSettle.Registry;
using OpenSettle.Tests.Support;
using OpenSettle.Verify;

namespace OpenSettle.Tests.Verify;

public sealed class EpochVerifierTests
{
    // Epochs 1 to 5; the third is the one that is tampered with.
    private static readonly IReadOnlyList<PublishedEpoch> Chain = History.Make(new Shape(5, 9, 120), 5);
    private static readonly Bundle Honest = Chain[2].Bundle;

    [Fact]
    public void HonestChains_OfFiveEpochs_Agree() => Properties.Hold(Shape.Any, shape =>
    {
        PublishedEpoch? previous = null;
        foreach (var epoch in History.Make(shape, 5))
        {
            var (bundle, hash) = BundleReader.Read(new MemoryStream(epoch.Bytes));
            var outcome = EpochVerifier.Verify(bundle, hash, previous?.Bundle, previous?.Hash ?? Hash32.Zero, epoch.OnChain);
            Assert.True(outcome.Agrees, outcome.Message);
            Assert.Contains(epoch.Bundle.Root.ToString(), outcome.Message, StringComparison.Ordinal);
            previous = new PublishedEpoch(bundle, epoch.Bytes, hash);
        }
    }, 40);

    [Fact]
    public void Books_OfLaterEpochs_NeverFall()
    {
        for (var i = 1; i < Chain.Count; i++)
        {
            var after = Chain[i].Bundle.After.Accounts.ToDictionary(account => (account.Token, account.Account));
            foreach (var before in Chain[i - 1].Bundle.After.Accounts)
            {
                var now = after[(before.Token, before.Account)];
                Assert.True(now.Earned >= before.Earned && now.Leaf >= before.Leaf && now.Leaf <= now.Earned);
            }
        }
    }

    [Fact]
    public void Leaf_MovedByOneUnit_IsNamed()
    {
        for (var i = 0; i < Honest.After.Accounts.Count; i++)
        {
            var account = Honest.After.Accounts[i];
            Differs(Accounts(i, account with { Leaf = account.Leaf + 1 }), $"account {i + 1}:");
            Differs(Accounts(i, account with { Earned = account.Earned + 1 }), $"account {i + 1}:");
            Differs(Accounts(i, account with { Account = World.Name("thief", 1) }), $"account {i + 1}:");
        }
    }

    [Fact]
    public void Account_LeftOutOrAdded_IsNamed()
    {
        Differs(Honest with { After = Honest.After with { Accounts = [.. Honest.After.Accounts.SkipLast(1)] } }, $"account {Honest.After.Accounts.Count}:");
        Differs(
            Honest with { After = Honest.After with { Accounts = [.. Honest.After.Accounts, new AccountState(World.Name("thief", 1), Address.Zero, 1, 1)] } },
            $"account {Honest.After.Accounts.Count + 1}: the bundle has");
    }

    [Fact]
    public void Payment_Dropped_IsNamed()
    {
        for (var i = 0; i < Honest.Payments.Count; i++)
        {
            if (Honest.Payments[i].Settled.Settled.IsZero) continue;
            DividedPayment[] fewer = [.. Honest.Payments.Take(i), .. Honest.Payments.Skip(i + 1)];
            var outcome = Verify(Honest with { Payments = fewer });
            Assert.False(outcome.Agrees);
            Assert.Matches("^(account|residue) [0-9]+:", outcome.Message);
        }
    }

    [Fact]
    public void RoundingUnit_MovedFromAResidueToAnAccount_IsNamed()
    {
        var residues = Honest.After.Residues.ToArray();
        var source = residues[0];
        var i = Honest.After.Accounts.ToList().FindIndex(account => account.Token == source.Token);
        var to = Honest.After.Accounts[i];
        residues[0] = source with { Amount = source.Amount - 1 };
        var tampered = Accounts(i, to with { Earned = to.Earned + 1, Leaf = to.Leaf + 1 });
        Differs(tampered with { After = tampered.After with { Residues = [.. residues.Where(residue => !residue.Amount.IsZero)] } }, $"account {i + 1}:");
        Differs(Honest with { After = Honest.After with { Residues = [.. residues.Where(residue => !residue.Amount.IsZero)] } }, "residue 1:");
    }

    [Fact]
    public void Share_StolenOrWeightChanged_IsNamed()
    {
        // The first payment of every epoch is large: its terms decide something.
        var terms = Honest.Payments[0].Terms;
        var row = terms.Split.Rows[0];
        DiffersInBooks(WithRow(terms, row with { Account = World.Name("thief", 1) }));
        DiffersInBooks(WithRow(terms, new SplitRow(World.Name("somebody", 2), 77, "data"), append: true));
        if (terms.Split.Rows.Count > 1) DiffersInBooks(WithRow(terms, row with { Weight = row.Weight * 2 + 1 }));
        var upward = Honest.Payments.First(payment => payment.Terms.Parents.Count > 0 && payment.Settled.Settled > 10_000_000).Terms;
        DiffersInBooks(Replace(upward, upward with { Parents = [.. upward.Parents.Skip(1)] }));
        DiffersInBooks(Replace(upward, upward with { Parents = [upward.Parents[0] with { Share = upward.Parents[0].Share / 2 }, .. upward.Parents.Skip(1)] }));
    }

    [Fact]
    public void Previous_ThatIsNotTheOneBefore_IsNamed()
    {
        Differs(Honest with { PreviousBundle = Chain[0].Hash }, "as the one before it");
        Differs(Honest with { PreviousRoot = Chain[0].Bundle.Root }, "as the root before it");
        Differs(Honest with { FirstBlock = Honest.FirstBlock + 1 }, "begins at block");
        Named(EpochVerifier.Verify(Honest, Chain[2].Hash, Chain[0].Bundle, Chain[0].Hash, Chain[2].OnChain), "epoch 3 does not follow epoch 1");
        Named(EpochVerifier.Verify(Honest, Chain[2].Hash, null, Hash32.Zero, Chain[2].OnChain), "epoch 3 does not follow epoch 0");
        Named(EpochVerifier.Verify(Chain[0].Bundle, Chain[0].Hash, Chain[0].Bundle, Chain[0].Hash, Chain[0].OnChain), "epoch 1 does not follow epoch 1");
    }

    [Fact]
    public void Deployment_OfAnother_IsNamed()
    {
        Differs(Honest with { Deployment = Honest.Deployment with { ChainId = 1 } }, "another deployment");
        Differs(Honest with { Deployment = Honest.Deployment with { Vault = World.Name("vault", 2) } }, "another deployment");
    }

    [Fact]
    public void Chain_ThatSaysOtherwise_IsNamed()
    {
        var said = Chain[2].OnChain;
        VerifyOutcome Against(EpochOnChain onChain) => EpochVerifier.Verify(Honest, Chain[2].Hash, Chain[1].Bundle, Chain[1].Hash, onChain);
        Assert.True(Against(said).Agrees);
        Named(Against(said with { Root = Chain[1].Bundle.Root }), "on chain it is");
        Named(Against(said with { BundleHash = Chain[1].Hash }), "the bundle's hash is");
        Named(Against(said with { LastBlock = said.LastBlock + 1 }), "the bundle ends at block");
        Named(Against(said with { Number = 4 }), "the vault's record of epoch 4");
    }

    [Fact]
    public void Root_OfOtherLeaves_IsNamed() => Differs(Honest with { Root = Chain[1].Bundle.Root }, "the recomputed root is");

    [Fact]
    public void Totals_ChangedDroppedOrAdded_AreNamed()
    {
        var total = Honest.Changed[0];
        Differs(Honest with { Changed = [total with { Total = total.Total + 1 }, .. Honest.Changed.Skip(1)] }, "total 1:");
        Differs(Honest with { Changed = [.. Honest.Changed.SkipLast(1)] }, $"total {Honest.Changed.Count}:");
        Differs(Honest with { Changed = [.. Honest.Changed, new TokenTotal(World.Name("token", 9), 1)] }, $"total {Honest.Changed.Count + 1}:");
    }

    [Fact]
    public void Payment_SettledWithMoreThanWasPaid_IsNamed()
    {
        var first = Honest.Payments[0];
        var more = first with { Settled = first.Settled with { Settled = first.Settled.Payment.Amount + 1 } };
        Differs(Honest with { Payments = [more, .. Honest.Payments.Skip(1)] }, "settles more than was paid");
    }

    [Fact]
    public void Payments_OutOfOrderTwiceOrTooLate_AreNamed()
    {
        Differs(Honest with { Payments = [.. Honest.Payments.Reverse()] }, "does not come after payment");
        Differs(Honest with { Payments = [Honest.Payments[0], .. Honest.Payments] }, "does not come after payment");
        var last = Honest.Payments[^1];
        var late = last with { Settled = last.Settled with { Payment = last.Settled.Payment with { At = new LogPosition(Honest.LastBlock + 1, 0) } } };
        Differs(Honest with { Payments = [.. Honest.Payments.SkipLast(1), late] }, "is after the epoch's last block");
    }

    [Fact]
    public void Payment_InAnUnlistedToken_IsNamed() =>
        Differs(Honest with { Tokens = [.. Honest.Tokens.Skip(1)] }, "cannot be recomputed");

    [Fact]
    public void Terms_ThatNoRegistryAllows_AreNamed()
    {
        Terms Under(int id, ulong number, params (Terms Terms, uint Share)[] parents) => Honest.Terms[0] with
        {
            Id = id,
            Model = new ModelId(Keccak256.HashText($"rogue/{number}")),
            ModelNumber = number,
            Parents = [.. parents.Select(parent => new UpstreamTerms(parent.Terms, parent.Share))],
        };

        var old = Under(0, 5);
        Differs(Honest with { Terms = [old, Under(1, 5, (old, 1))] }, "terms 1: parent");
        Differs(Honest with { Terms = [old, Under(1, 4, (old, 1))] }, "is not older than the model");
        var older = Under(1, 4);
        Differs(Honest with { Terms = [old, older, Under(2, 9, (old, 600_000), (older, 400_001))] }, "sum to more than the whole");
        Differs(Honest with { Terms = [Under(0, 9, (old, 1))] }, "do not stand before them");
        var line = new List<Terms> { Under(0, 1) };
        for (var i = 1; i <= 9; i++) line.Add(Under(i, (ulong)i + 1, (line[i - 1], 1_000_000)));
        Differs(Honest with { Terms = line }, "terms 9: money goes up more than 8 steps");
    }

    [Fact]
    public void Terms_OfEightFullLevelsOfSixteenParents_AreCheckedWithoutWalkingEveryPath()
    {
        // All that the registry allows: 16^8 paths. Walking each of them would not end.
        var all = new List<Terms>();
        List<Terms> below = [];
        for (ulong level = 0; level < 9; level++)
        {
            List<Terms> row = [];
            for (var i = 0; i < 16; i++)
            {
                row.Add(Honest.Terms[0] with
                {
                    Id = all.Count + i,
                    Model = new ModelId(Keccak256.HashText($"lattice/{level}/{i}")),
                    ModelNumber = level * 16 + (ulong)i + 1,
                    Parents = [.. below.Select(parent => new UpstreamTerms(parent, 62_500))],
                });
            }

            all.AddRange(row);
            below = row;
        }

        var outcome = Verify(Honest with { Terms = all });
        Assert.True(outcome.Agrees, outcome.Message);
    }

    private static Bundle Accounts(int i, AccountState account) =>
        Honest with { After = Honest.After with { Accounts = [.. Honest.After.Accounts.Take(i), account, .. Honest.After.Accounts.Skip(i + 1)] } };

    private static Bundle WithRow(Terms terms, SplitRow row, bool append = false) =>
        Replace(terms, terms with { Split = terms.Split with { Rows = append ? [.. terms.Split.Rows, row] : [row, .. terms.Split.Rows.Skip(1)] } });

    private static Bundle Replace(Terms terms, Terms by) => Honest with
    {
        Payments = [.. Honest.Payments.Select(payment => payment.Terms == terms ? payment with { Terms = by } : payment)],
    };

    /// <summary>The forger publishes the tampered file, and its hash and root are on chain.</summary>
    private static VerifyOutcome Verify(Bundle tampered)
    {
        var hash = Keccak256.HashText("the forged file");
        return EpochVerifier.Verify(tampered, hash, Chain[1].Bundle, Chain[1].Hash, new EpochOnChain(tampered.Number, tampered.Root, hash, tampered.LastBlock));
    }

    private static void Differs(Bundle tampered, string named) => Named(Verify(tampered), named);

    private static void DiffersInBooks(Bundle tampered)
    {
        var outcome = Verify(tampered);
        Assert.False(outcome.Agrees);
        Assert.Matches("^(account|residue) [0-9]+:", outcome.Message);
    }

    private static void Named(VerifyOutcome outcome, string named)
    {
        Assert.False(outcome.Agrees, "the tampering was not seen");
        Assert.Contains(named, outcome.Message, StringComparison.Ordinal);
    }
}
