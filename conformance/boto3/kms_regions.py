"""Multi-Region keys and custom key stores."""

from cases import ACCOUNT, case, client, equal, refused, run

HOME, AWAY = "us-east-1", "eu-central-1"
home = client("kms", HOME)
away = client("kms", AWAY)


@case("a replica has its primary's id and material, and its own state")
def replicate():
    primary = home.create_key(MultiRegion=True, Description="everywhere")["KeyMetadata"]
    key = primary["KeyId"]
    assert key.startswith("mrk-"), key
    equal(primary["MultiRegionConfiguration"]["MultiRegionKeyType"], "PRIMARY")
    answer = home.replicate_key(
        KeyId=key, ReplicaRegion=AWAY, Description="copy", Tags=[{"TagKey": "a", "TagValue": "b"}]
    )
    replica = answer["ReplicaKeyMetadata"]
    equal(replica["Arn"], f"arn:aws:kms:{AWAY}:{ACCOUNT}:key/{key}")
    equal(answer["ReplicaTags"], [{"TagKey": "a", "TagValue": "b"}])
    described = away.describe_key(KeyId=key)["KeyMetadata"]
    equal(described["Description"], "copy")
    configuration = described["MultiRegionConfiguration"]
    equal(configuration["MultiRegionKeyType"], "REPLICA")
    equal(configuration["PrimaryKey"], {"Arn": primary["Arn"], "Region": HOME})
    equal(configuration["ReplicaKeys"], [{"Arn": replica["Arn"], "Region": AWAY}])
    blob = home.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"a": "b"})["CiphertextBlob"]
    back = away.decrypt(CiphertextBlob=blob, EncryptionContext={"a": "b"})
    equal(back["Plaintext"], b"x")
    equal(back["KeyId"], replica["Arn"])
    away.disable_key(KeyId=key)
    equal(home.describe_key(KeyId=key)["KeyMetadata"]["KeyState"], "Enabled")
    away.enable_key(KeyId=key)
    with refused("AlreadyExistsException"):
        home.replicate_key(KeyId=key, ReplicaRegion=AWAY)
    with refused("UnsupportedOperationException"):
        away.replicate_key(KeyId=key, ReplicaRegion="eu-west-3")


@case("a replica becomes the primary")
def promote():
    key = home.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    home.replicate_key(KeyId=key, ReplicaRegion=AWAY)
    home.update_primary_region(KeyId=key, PrimaryRegion=AWAY)
    for kms, kind in [(home, "REPLICA"), (away, "PRIMARY")]:
        configuration = kms.describe_key(KeyId=key)["KeyMetadata"]["MultiRegionConfiguration"]
        equal(configuration["MultiRegionKeyType"], kind)
        equal(configuration["PrimaryKey"]["Region"], AWAY)


@case("a primary with replicas waits for them before it is deleted")
def deletion():
    key = home.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    home.replicate_key(KeyId=key, ReplicaRegion=AWAY)
    answer = home.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    equal(answer["KeyState"], "PendingReplicaDeletion")
    equal(home.describe_key(KeyId=key)["KeyMetadata"]["KeyState"], "PendingReplicaDeletion")
    equal(away.schedule_key_deletion(KeyId=key)["KeyState"], "PendingDeletion")


@case("rotation of a primary is its replicas' rotation")
def rotation():
    key = home.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    home.replicate_key(KeyId=key, ReplicaRegion=AWAY)
    with refused("UnsupportedOperationException"):
        away.enable_key_rotation(KeyId=key)
    home.enable_key_rotation(KeyId=key)
    equal(away.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"], True)
    home.rotate_key_on_demand(KeyId=key)
    blob = home.encrypt(KeyId=key, Plaintext=b"new")["CiphertextBlob"]
    equal(away.decrypt(CiphertextBlob=blob)["Plaintext"], b"new")


@case("asymmetric and HMAC keys replicate too")
def others():
    signing = home.create_key(MultiRegion=True, KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    key = signing["KeyMetadata"]["KeyId"]
    home.replicate_key(KeyId=key, ReplicaRegion=AWAY)
    use = {"KeyId": key, "Message": b"m", "SigningAlgorithm": "ECDSA_SHA_256"}
    signature = home.sign(**use)["Signature"]
    equal(away.verify(Signature=signature, **use)["SignatureValid"], True)


@case("a single-Region key is not replicated")
def single():
    key = home.create_key()["KeyMetadata"]
    message = f"{key['Arn']} is not a multi-region primary key."
    with refused("UnsupportedOperationException", message):
        home.replicate_key(KeyId=key["KeyId"], ReplicaRegion=AWAY)


@case("a key store without an active cluster does not connect, and holds no keys")
def cluster():
    store = home.create_custom_key_store(
        CustomKeyStoreName="cluster",
        CloudHsmClusterId="cluster-2a23b4cdefg",
        KeyStorePassword="correct-horse",
        TrustAnchorCertificate="certificate",
    )["CustomKeyStoreId"]
    assert store.startswith("cks-"), store
    [entry] = home.describe_custom_key_stores(CustomKeyStoreId=store)["CustomKeyStores"]
    equal(entry["ConnectionState"], "DISCONNECTED")
    equal(entry["CustomKeyStoreType"], "AWS_CLOUDHSM")
    assert "KeyStorePassword" not in entry
    with refused("CloudHsmClusterNotActiveException", "is not active", 400):
        home.connect_custom_key_store(CustomKeyStoreId=store)
    with refused("CustomKeyStoreInvalidStateException", status=400):
        home.create_key(Origin="AWS_CLOUDHSM", CustomKeyStoreId=store)
    with refused("CustomKeyStoreNameInUseException", status=400):
        home.create_custom_key_store(
            CustomKeyStoreName="cluster",
            CloudHsmClusterId="cluster-3a23b4cdefg",
            KeyStorePassword="correct-horse",
            TrustAnchorCertificate="certificate",
        )
    home.delete_custom_key_store(CustomKeyStoreId=store)
    equal(home.describe_custom_key_stores()["CustomKeyStores"], [])
    with refused("CustomKeyStoreNotFoundException", status=400):
        home.describe_custom_key_stores(CustomKeyStoreName="nothing")
    with refused("CustomKeyStoreNotFoundException", status=400):
        home.connect_custom_key_store(CustomKeyStoreId="cks-1234567890abcdef0")


if __name__ == "__main__":
    run()
