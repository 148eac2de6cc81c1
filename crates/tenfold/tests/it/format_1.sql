-- A study of four trials as version 0.1 first wrote it (format 1): every row of its database.
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE attempt(
  token TEXT PRIMARY KEY,
  trial TEXT NOT NULL,
  number INTEGER NOT NULL,
  process INTEGER NOT NULL,
  started REAL NOT NULL,
  ended REAL,
  outcome TEXT,
  reason TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO "attempt" VALUES('67b4d3f9f9375763','97a3ba77bc8a90f84ba0',1,16621,1.79537095689546346666e+09,1.79537095692428755756e+09,'finished',NULL);
INSERT INTO "attempt" VALUES('89a337878238ea6c','76f546fa0bbdfb7c053a',1,16621,1.79537095689466476441e+09,1.79537095691920351977e+09,'finished',NULL);
INSERT INTO "attempt" VALUES('d3cfcd11f01d3a37','4f070230c365ebd6bbdd',1,16621,1.7953709569256718158e+09,1.79537095694996023183e+09,'finished',NULL);
INSERT INTO "attempt" VALUES('e96cc1d52d0b5cfe','ca8090fbbd6c4267471f',1,16621,1.795370956920176506e+09,1.79537095693161439895e+09,'finished',NULL);
CREATE TABLE fact(
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "fact" VALUES('facts','{"study":"old","source":"fashion-mnist-14 (built in)","content_hash":"e1f9d4f516275f02f5b7136722c426206c78cbb430ac0bc39d812ca66e551a38","examples":18432,"classes":10,"pool":18368,"validation":32,"test":32,"metric":"error_rate","metric_kind":null,"best_guess":0.90625,"sizes":[16,32],"seeds":2,"models":[["linear",1]],"leaks":[0,32],"notes":[{"level":"ok","text":"no validation example is identical to a training example (32 compared)"},{"level":"ok","text":"no test example is identical to a training example (32 compared)"}]}');
INSERT INTO "fact" VALUES('study','[study]
name = "old"

[data]
builtin = "fashion-mnist-14"
validation = 32
test = 32

[shards]
sizes = [16, 32]
seeds = 2

[[model]]
name = "linear"
learner = "linear"
[model.train]
steps = 20
');
CREATE TABLE planned(
  model TEXT NOT NULL,
  size INTEGER NOT NULL,
  repeat INTEGER NOT NULL,
  candidate INTEGER NOT NULL,
  trial TEXT NOT NULL,
  settings TEXT NOT NULL,
  expected_flop REAL NOT NULL,
  PRIMARY KEY(model, size, repeat, candidate)
) STRICT, WITHOUT ROWID;
INSERT INTO "planned" VALUES('linear',16,0,0,'97a3ba77bc8a90f84ba0','learner=linear width=1 depth=1 dropout=0 batch=64 steps=20 optimizer=adamw learning_rate=0.003 weight_decay=0.01 schedule=cosine warmup=0.05 patience=0 evaluations=10 chunks=1',5205760.0);
INSERT INTO "planned" VALUES('linear',16,1,0,'4f070230c365ebd6bbdd','learner=linear width=1 depth=1 dropout=0 batch=64 steps=20 optimizer=adamw learning_rate=0.003 weight_decay=0.01 schedule=cosine warmup=0.05 patience=0 evaluations=10 chunks=1',5205760.0);
INSERT INTO "planned" VALUES('linear',32,0,0,'76f546fa0bbdfb7c053a','learner=linear width=1 depth=1 dropout=0 batch=64 steps=20 optimizer=adamw learning_rate=0.003 weight_decay=0.01 schedule=cosine warmup=0.05 patience=0 evaluations=10 chunks=1',9031680.0);
INSERT INTO "planned" VALUES('linear',32,1,0,'ca8090fbbd6c4267471f','learner=linear width=1 depth=1 dropout=0 batch=64 steps=20 optimizer=adamw learning_rate=0.003 weight_decay=0.01 schedule=cosine warmup=0.05 patience=0 evaluations=10 chunks=1',9031680.0);
CREATE TABLE result(
  trial TEXT PRIMARY KEY,
  attempt TEXT NOT NULL,
  validation_error REAL NOT NULL,
  test_error REAL NOT NULL,
  seconds REAL NOT NULL,
  training_flop REAL NOT NULL,
  converged INTEGER NOT NULL,
  document TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "result" VALUES('4f070230c365ebd6bbdd','d3cfcd11f01d3a37',0.3125,0.34375,0.013593024,3763200.0,1,'{"schema":"tenfold.result/1","trial":"4f070230c365ebd6bbdd","attempt":"d3cfcd11f01d3a37","model":"linear","size":16,"repeat":1,"settings":"learner=linear width=1 depth=1 dropout=0 batch=64 steps=20 optimizer=adamw learning_rate=0.003 weight_decay=0.01 schedule=cosine warmup=0.05 patience=0 evaluations=10 chunks=1","validation_error":0.3125,"test_error":0.34375,"train_error":0.0,"parameter_count":1970,"training_flop":3763200.0,"steps":20,"best_step":20,"converged":true,"seconds":0.013593024,"test_outcomes":{"kind":"bits","count":32,"data":"xIahYA=="}}');
INSERT INTO "result" VALUES('76f546fa0bbdfb7c053a','89a337878238ea6c',0.25,0.5,0.021811692,7526400.0,1,'{"schema":"tenfold.result/1","trial":"76f546fa0bbdfb7c053a","attempt":"89a337878238ea6c","model":"linear","size":32,"repeat":0,"settings":"learner=linear width=1 depth=1 dropout=0 batch=64 steps=20 optimizer=adamw learning_rate=0.003 weight_decay=0.01 schedule=cosine warmup=0.05 patience=0 evaluations=10 chunks=1","validation_error":0.25,"test_error":0.5,"train_error":0.0625,"parameter_count":1970,"training_flop":7526400.0,"steps":20,"best_step":20,"converged":true,"seconds":0.021811692,"test_outcomes":{"kind":"bits","count":32,"data":"6h6D8A=="}}');
INSERT INTO "result" VALUES('97a3ba77bc8a90f84ba0','67b4d3f9f9375763',0.21875,0.53125,0.022038721,3763200.0,1,'{"schema":"tenfold.result/1","trial":"97a3ba77bc8a90f84ba0","attempt":"67b4d3f9f9375763","model":"linear","size":16,"repeat":0,"settings":"learner=linear width=1 depth=1 dropout=0 batch=64 steps=20 optimizer=adamw learning_rate=0.003 weight_decay=0.01 schedule=cosine warmup=0.05 patience=0 evaluations=10 chunks=1","validation_error":0.21875,"test_error":0.53125,"train_error":0.0,"parameter_count":1970,"training_flop":3763200.0,"steps":20,"best_step":20,"converged":true,"seconds":0.022038721,"test_outcomes":{"kind":"bits","count":32,"data":"/h2DcA=="}}');
INSERT INTO "result" VALUES('ca8090fbbd6c4267471f','e96cc1d52d0b5cfe',0.3125,0.28125,0.0070268,7526400.0,1,'{"schema":"tenfold.result/1","trial":"ca8090fbbd6c4267471f","attempt":"e96cc1d52d0b5cfe","model":"linear","size":32,"repeat":1,"settings":"learner=linear width=1 depth=1 dropout=0 batch=64 steps=20 optimizer=adamw learning_rate=0.003 weight_decay=0.01 schedule=cosine warmup=0.05 patience=0 evaluations=10 chunks=1","validation_error":0.3125,"test_error":0.28125,"train_error":0.09375,"parameter_count":1970,"training_flop":7526400.0,"steps":20,"best_step":20,"converged":true,"seconds":0.0070268,"test_outcomes":{"kind":"bits","count":32,"data":"wIahIA=="}}');
CREATE INDEX attempt_of_trial ON attempt(trial, started);
COMMIT;
